// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A KMS device that says no. Preloaded into the kiosk; the file that KMS_FAULT names says to what,
 * and is read at each atomic commit:
 *
 *   udmabuf  a framebuffer made of a udmabuf, tested or committed
 *   commit   every commit that is not a test: what a test accepted fails all the same
 *
 * Anything else, or no file, refuses nothing.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#define IDS 4096 // of handles and kernel objects: small numbers

static bool udmabuf_handle[IDS], udmabuf_fb[IDS];
static enum { UNKNOWN, FB_ID, OTHER } property_kind[IDS];

static bool is_udmabuf(int fd) {
	char path[64], line[128];
	bool is = false;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	FILE *file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		is = is || strstr(line, "exp_name:\tudmabuf") == line;
	}
	if (file != NULL) {
		fclose(file);
	}
	return is;
}

static bool is_fb_property(int fd, uint32_t id) {
	if (id >= IDS) {
		return false;
	}
	if (property_kind[id] == UNKNOWN) {
		drmModePropertyRes *property = drmModeGetProperty(fd, id);
		bool is = property != NULL && strcmp(property->name, "FB_ID") == 0;
		property_kind[id] = is ? FB_ID : OTHER;
		drmModeFreeProperty(property);
	}
	return property_kind[id] == FB_ID;
}

static bool has_udmabuf(int fd, const struct drm_mode_atomic *atomic) {
	const uint32_t *counts = (const uint32_t *)(uintptr_t)atomic->count_props_ptr;
	const uint32_t *ids = (const uint32_t *)(uintptr_t)atomic->props_ptr;
	const uint64_t *values = (const uint64_t *)(uintptr_t)atomic->prop_values_ptr;
	uint32_t total = 0;
	for (uint32_t i = 0; i < atomic->count_objs; i++) {
		total += counts[i];
	}
	for (uint32_t i = 0; i < total; i++) {
		if (values[i] < IDS && udmabuf_fb[values[i]] && is_fb_property(fd, ids[i])) {
			return true;
		}
	}
	return false;
}

static bool is_refused(int fd, const struct drm_mode_atomic *atomic) {
	const char *path = getenv("KMS_FAULT");
	char word[16] = "";
	FILE *file = path != NULL ? fopen(path, "re") : NULL;
	if (file == NULL) {
		return false;
	}
	bool said = fscanf(file, "%15s", word) == 1;
	fclose(file);
	if (said && strcmp(word, "commit") == 0) {
		return (atomic->flags & DRM_MODE_ATOMIC_TEST_ONLY) == 0;
	}
	return said && strcmp(word, "udmabuf") == 0 && has_udmabuf(fd, atomic);
}

// What was made by a request that succeeded.
static void note(unsigned long request, const void *data) {
	if (request == DRM_IOCTL_PRIME_FD_TO_HANDLE) {
		const struct drm_prime_handle *prime = data;
		if (prime->handle < IDS) {
			udmabuf_handle[prime->handle] = is_udmabuf(prime->fd);
		}
	} else if (request == DRM_IOCTL_MODE_ADDFB2) {
		const struct drm_mode_fb_cmd2 *fb = data;
		if (fb->fb_id < IDS && fb->handles[0] < IDS) {
			udmabuf_fb[fb->fb_id] = udmabuf_handle[fb->handles[0]];
		}
	}
}

__attribute__((visibility("default"))) int ioctl(int fd, unsigned long request, ...) {
	static int (*next)(int, unsigned long, void *);
	va_list args;
	va_start(args, request);
	void *data = va_arg(args, void *);
	va_end(args);
	if (next == NULL) {
		*(void **)&next = dlsym(RTLD_NEXT, "ioctl");
	}
	if (request == DRM_IOCTL_MODE_ATOMIC && is_refused(fd, data)) {
		errno = EINVAL;
		return -1;
	}
	int status = next(fd, request, data);
	if (status == 0) {
		note(request, data);
	}
	return status;
}
