// Starts programs and prints what each took: benches/run makes the list and the table.
//
//   harness ROUNDS FOLDER <ROWS      a row: the HOME to start from, a name and the command, between tabs
//
// FOLDER/home is a new copy of FOLDER/<the row's HOME> before each start. In each round each row runs once, in a new
// order, so that other work on the machine falls on all rows alike. Prints for each row, between tabs: HOME, name,
// median and 25th percentile of the time from posix_spawn to wait4 in µs, peak memory in KiB and minor page faults
// (medians). A command that fails ends the run with status 1.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 64, WORDS = 16, LINE = 4096, WARM_UP = 3 };
enum { TIME, MEMORY, FAULTS, FIGURES };

struct row {
    char *state, *name, *words[WORDS + 1];
    long *figures[FIGURES];
};

static char home[LINE], from[LINE];
static posix_spawn_file_actions_t actions;

static void die(const char *what, const char *why) {
    fprintf(stderr, "harness: %s: %s\n", what, why);
    exit(1);
}

static void *must(void *allocated) {
    if (!allocated) die("memory", strerror(ENOMEM));
    return allocated;
}

static int drop(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static int copy(const char *path, const struct stat *info, int kind, struct FTW *at) {
    char to[2 * LINE], buffer[LINE];
    ssize_t size;
    (void)at;
    snprintf(to, sizeof to, "%s%s", home, path + strlen(from));
    if (kind == FTW_D) return mkdir(to, info->st_mode & 07777);
    int source = open(path, O_RDONLY | O_CLOEXEC), copied = creat(to, info->st_mode & 07777);
    while ((size = read(source, buffer, sizeof buffer)) > 0)
        if (write(copied, buffer, size) != size) return -1;
    return close(source) | close(copied) | (int)size;
}

static void renew(const char *folder, const char *state) {
    snprintf(from, sizeof from, "%s/%s", folder, state);
    if (nftw(home, drop, 8, FTW_DEPTH | FTW_PHYS) && errno != ENOENT) die(home, strerror(errno));
    if (nftw(from, copy, 8, FTW_PHYS)) die(from, strerror(errno));
}

static void start(struct row *row, long figures[FIGURES]) {
    struct timespec before, after;
    struct rusage usage;
    pid_t child;
    int status;
    clock_gettime(CLOCK_MONOTONIC, &before);
    int error = posix_spawn(&child, row->words[0], &actions, NULL, row->words, environ);
    if (error) die(row->words[0], strerror(error));
    if (wait4(child, &status, 0, &usage) < 0) die("wait4", strerror(errno));
    clock_gettime(CLOCK_MONOTONIC, &after);
    if (status) die(row->name, "the command failed");
    figures[TIME] = (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec;
    figures[MEMORY] = usage.ru_maxrss;
    figures[FAULTS] = usage.ru_minflt;
}

static size_t read_rows(struct row *rows) {
    static char line[LINE];
    size_t count = 0;
    while (fgets(line, sizeof line, stdin)) {
        if (count == ROWS) die("rows", "too many");
        struct row *row = &rows[count++];
        char *rest = must(strdup(line)), *word;
        rest[strcspn(rest, "\n")] = 0;
        row->state = strsep(&rest, "\t");
        row->name = strsep(&rest, "\t");
        for (size_t at = 0; (word = strsep(&rest, " ")) && at < WORDS; at++) row->words[at] = word;
        if (!row->words[0]) die(line, "not a row");
    }
    return count;
}

static int by_size(const void *a, const void *b) {
    long left = *(const long *)a, right = *(const long *)b;
    return (left > right) - (left < right);
}

int main(int argc, char **argv) {
    static struct row rows[ROWS];
    struct row *order[ROWS];
    long rounds = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
    if (rounds < 1) die("usage", "harness ROUNDS FOLDER <ROWS");
    snprintf(home, sizeof home, "%s/home", argv[2]);
    size_t count = read_rows(rows);
    for (size_t i = 0; i < count; i++) {
        order[i] = &rows[i];
        for (int f = 0; f < FIGURES; f++) rows[i].figures[f] = must(calloc(rounds, sizeof(long)));
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    posix_spawn_file_actions_init(&actions);
    for (int fd = 0; fd < 3; fd++) posix_spawn_file_actions_adddup2(&actions, null, fd);

    for (long round = -WARM_UP; round < rounds; round++) {
        for (size_t i = count; i > 1; i--) {
            size_t j = rand() % i;
            struct row *other = order[j];
            order[j] = order[i - 1], order[i - 1] = other;
        }
        for (size_t i = 0; i < count; i++) {
            long figures[FIGURES];
            renew(argv[2], order[i]->state);
            start(order[i], figures);
            for (int f = 0; f < FIGURES && round >= 0; f++) order[i]->figures[f][round] = figures[f];
        }
    }
    for (struct row *row = rows; row < rows + count; row++) {
        for (int f = 0; f < FIGURES; f++) qsort(row->figures[f], rounds, sizeof(long), by_size);
        printf("%s\t%s\t%.1f\t%.1f\t%ld\t%ld\n", row->state, row->name, row->figures[TIME][rounds / 2] / 1e3,
               row->figures[TIME][rounds / 4] / 1e3, row->figures[MEMORY][rounds / 2], row->figures[FAULTS][rounds / 2]);
    }
}
