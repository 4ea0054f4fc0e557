// SPDX-License-Identifier: GPL-2.0-or-later
#include "cache-folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct file_info {
	char name[80];
	int64_t changed_ns;
	uint64_t bytes;
};

static int older_first(const void *a, const void *b) {
	const struct file_info *x = a, *y = b;
	return x->changed_ns < y->changed_ns ? -1 : x->changed_ns > y->changed_ns;
}

#define NAME_BYTES (2u * PVG_SHA256_BYTES)
// What a process left half written that is gone by now.
#define STALE_SECONDS 600

static bool is_ours(const char *name, const char *suffix) {
	return strlen(name) == NAME_BYTES + 4 && strcmp(name + NAME_BYTES, suffix) == 0;
}

static bool is_half_written(const char *name) {
	return strlen(name) > NAME_BYTES + 4 && strncmp(name + NAME_BYTES, ".tmp", 4) == 0;
}

uint64_t pvg_cache_folder_trim(const char *folder, const char suffix[5], uint64_t limit_bytes) {
	DIR *dir = opendir(folder);
	struct file_info *files = NULL;
	size_t count = 0, capacity = 0;
	uint64_t total = 0;
	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		struct stat st;
		bool half = is_half_written(e->d_name);
		if ((!half && !is_ours(e->d_name, suffix)) ||
			fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
			continue;
		}
		if (half) {
			if (st.st_mtim.tv_sec < time(NULL) - STALE_SECONDS) {
				unlinkat(dirfd(dir), e->d_name, 0);
			}
			continue;
		}
		if (count == capacity) {
			size_t more = capacity > 0 ? capacity * 2 : 256;
			struct file_info *bigger = realloc(files, more * sizeof(*files));
			if (bigger == NULL) {
				break;
			}
			files = bigger;
			capacity = more;
		}
		struct file_info *f = &files[count++];
		snprintf(f->name, sizeof(f->name), "%.79s", e->d_name);
		f->changed_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
		f->bytes = (uint64_t)st.st_size;
		total += f->bytes;
	}
	if (total > limit_bytes && count > 0) {
		qsort(files, count, sizeof(*files), older_first);
		for (size_t i = 0; i < count && total > limit_bytes / 4 * 3; i++) {
			if (unlinkat(dirfd(dir), files[i].name, 0) == 0) {
				total -= files[i].bytes;
			}
		}
	}
	free(files);
	if (dir != NULL) {
		closedir(dir);
	}
	return total;
}

bool pvg_cache_file_path(const char *folder, const uint8_t key[PVG_SHA256_BYTES],
	const char *suffix, char *path, size_t size) {
	char hex[NAME_BYTES + 1];
	for (size_t i = 0; i < PVG_SHA256_BYTES; i++) {
		snprintf(hex + 2 * i, 3, "%02x", key[i]);
	}
	int n = snprintf(path, size, "%s/%s%s", folder, hex, suffix);
	return n > 0 && (size_t)n < size;
}
