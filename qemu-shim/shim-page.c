// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim.h"

#include <fcntl.h>
#include <sys/mman.h>

int shim_memfd(const char *name, uint64_t size) {
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0) {
		return -1;
	}
	if (ftruncate(fd, (off_t)size) != 0 ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
		int saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static struct pvg_link_page *new_page(int *fd) {
	*fd = shim_memfd("pvg-page", PVG_LINK_PAGE_SIZE);
	if (*fd < 0) {
		return NULL;
	}
	void *map = mmap(NULL, PVG_LINK_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (map == MAP_FAILED) {
		close(*fd);
		*fd = -1;
		return NULL;
	}
	return map;
}

static void regs_doorbell(void *data) {
	shim_link_doorbell(data);
}

static void regs_warn(void *data, const char *what, uint32_t value) {
	PVGShim *s = data;
	shim_log(s, SHIM_LOG_GUEST, true, "guest: %s 0x%x", what, value);
}

bool shim_page_init(PVGShim *s, Error **errp) {
	s->page = new_page(&s->page_fd);
	if (s->page == NULL) {
		error_setg_errno(errp, errno, "cannot make the shared page");
		return false;
	}
	pvg_regs_init(&s->regs, s->page, s->displays, regs_doorbell, s);
	s->regs.warn = regs_warn;
	s->epoch = atomic_load(&s->page->epoch);
	s->page_shared = false;
	return true;
}

/*
 * A page that no host has seen: one that was given up may go on writing into the old one (spec 06
 * section 6.1). False when there is no memory; the old page then stays and must not be shared.
 */
bool shim_page_renew(PVGShim *s) {
	if (!s->page_shared) {
		return true;
	}
	int fd;
	struct pvg_link_page *page = new_page(&fd);
	if (page == NULL) {
		return false;
	}
	pvg_regs_rebase(&s->regs, page);
	// The generation and the epoch are ours; the old host could have written over them.
	atomic_store(&page->mem_generation, s->mem.generation);
	atomic_store(&page->epoch, (uint32_t)s->epoch);
	munmap(s->page, PVG_LINK_PAGE_SIZE);
	close(s->page_fd);
	s->page = page;
	s->page_fd = fd;
	s->page_shared = false;
	return true;
}

void shim_page_finish(PVGShim *s) {
	if (s->page != NULL) {
		s->regs.page = NULL;
		munmap(s->page, PVG_LINK_PAGE_SIZE);
		s->page = NULL;
	}
	if (s->page_fd >= 0) {
		close(s->page_fd);
		s->page_fd = -1;
	}
}
