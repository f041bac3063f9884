// The least that a program for this job can do: the two files, overwritten, with no check of anything.
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int main(void) {
    char path[4096];
    const char *home = getenv("HOME"), *http = getenv("HTTP_PROXY"), *https = getenv("HTTPS_PROXY"), *no = getenv("NO_PROXY");
    snprintf(path, sizeof path, "%s/.docker", home);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/.docker/config.json", home);
    FILE *file = fopen(path, "w");
    fprintf(file, "{\"proxies\": {\"default\": {\"httpProxy\": \"%s\", \"httpsProxy\": \"%s\", \"noProxy\": \"%s\"}}}\n", http, https, no);
    fclose(file);
    snprintf(path, sizeof path, "%s/.gitconfig", home);
    file = fopen(path, "w");
    fprintf(file, "[http]\n\tproxy = %s\n", http);
    fclose(file);
}
