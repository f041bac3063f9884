/* What gcc's unwinder (libgcc_eh.a, made for glibc) misses in a static musl program. */
#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>

/* The head of glibc's struct dl_find_object, as <dlfcn.h> has it on targets without eh_dbase. */
struct found_object {
	unsigned long long flags;
	void *map_start, *map_end;
	struct link_map *link_map;
	void *eh_frame;
};

struct search {
	ElfW(Addr) pc;
	struct found_object *result;
};

static int look_into(struct dl_phdr_info *object, size_t size, void *data)
{
	struct search *search = data;
	struct found_object found = {0};

	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &object->dlpi_phdr[i];
		ElfW(Addr) start = object->dlpi_addr + header->p_vaddr;
		ElfW(Addr) end = start + header->p_memsz;

		if (header->p_type == PT_GNU_EH_FRAME)
			found.eh_frame = (void *)start;
		if (header->p_type == PT_LOAD && start <= search->pc && search->pc < end) {
			found.map_start = (void *)start;
			found.map_end = (void *)end;
		}
	}
	if (!found.map_start || !found.eh_frame)
		return 0;
	*search->result = found;
	return 1;
}

/* glibc >= 2.35: finds the unwind table of the object that holds pc. */
int _dl_find_object(void *pc, struct found_object *result)
{
	struct search search = {(ElfW(Addr))pc, result};
	return dl_iterate_phdr(look_into, &search) ? 0 : -1;
}

/*
 * libgcc_eh.a refers to these weakly. A weak reference alone takes nothing out of a static libc, so one that
 * nobody else needs would be called at address 0.
 */
void *const libgcc_eh_needs[] __attribute__((used)) = {
	pthread_once,       pthread_mutex_lock,  pthread_mutex_unlock,
	pthread_key_create, pthread_getspecific, pthread_setspecific,
};
