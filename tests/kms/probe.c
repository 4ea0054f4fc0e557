// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kms-probe CARD FRAMES: proves the test machine itself, without any of ours on top
 *
 * Puts memfd memory as udmabufs on the primary plane with atomic commits and waits for each flip
 * event. Prints one JSON line: frames, their rate by the events' time stamps, gaps in the sequence
 * numbers, the largest distance of a stamp from the grid of whole periods.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/udmabuf.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#define BUFFERS 3

struct probe {
	int fd;
	uint32_t connector, crtc, plane, mode_blob;
	drmModeModeInfo mode;
	uint32_t fbs[BUFFERS];
	bool flipped;
	unsigned int frames, gaps, last_sequence;
	int64_t first_ns, last_ns;
	double off_grid_ns; // worst distance of a stamp from the grid
};

static void die(const char *what) {
	fprintf(stderr, "kms-probe: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint32_t property(int fd, uint32_t object, uint32_t type, const char *name,
	uint64_t *value) {
	drmModeObjectProperties *props = drmModeObjectGetProperties(fd, object, type);
	uint32_t id = 0;
	for (uint32_t i = 0; props != NULL && i < props->count_props && id == 0; i++) {
		drmModePropertyRes *prop = drmModeGetProperty(fd, props->props[i]);
		if (prop != NULL && strcmp(prop->name, name) == 0) {
			id = prop->prop_id;
			if (value != NULL) {
				*value = props->prop_values[i];
			}
		}
		drmModeFreeProperty(prop);
	}
	drmModeFreeObjectProperties(props);
	if (id == 0) {
		fprintf(stderr, "kms-probe: no property %s\n", name);
		exit(1);
	}
	return id;
}

static void set(struct probe *probe, drmModeAtomicReq *req, uint32_t object, uint32_t type,
	const char *name, uint64_t value) {
	if (drmModeAtomicAddProperty(req, object, property(probe->fd, object, type, name, NULL),
		    value) < 0) {
		die(name);
	}
}

static uint32_t framebuffer(struct probe *probe, unsigned int shade) {
	uint32_t width = probe->mode.hdisplay, height = probe->mode.vdisplay;
	size_t size = ((size_t)width * height * 4 + 4095) & ~(size_t)4095;
	int memfd = memfd_create("frame", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	if (memfd < 0 || ftruncate(memfd, (off_t)size) != 0 ||
		fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
		die("memfd");
	}
	uint8_t *pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	if (pixels == MAP_FAILED) {
		die("mmap");
	}
	memset(pixels, (int)shade, size);
	munmap(pixels, size);
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	if (device < 0) {
		die("/dev/udmabuf");
	}
	struct udmabuf_create create = { .memfd = (uint32_t)memfd, .flags = UDMABUF_FLAGS_CLOEXEC,
		.size = size };
	int dmabuf = ioctl(device, UDMABUF_CREATE, &create);
	if (dmabuf < 0) {
		die("UDMABUF_CREATE");
	}
	uint32_t handles[4] = { 0 }, pitches[4] = { width * 4 }, offsets[4] = { 0 }, fb = 0;
	if (drmPrimeFDToHandle(probe->fd, dmabuf, &handles[0]) != 0) {
		die("import of the udmabuf");
	}
	if (drmModeAddFB2(probe->fd, width, height, DRM_FORMAT_XRGB8888, handles, pitches, offsets,
		    &fb, 0) != 0) {
		die("AddFB2");
	}
	close(dmabuf);
	close(device);
	close(memfd);
	return fb;
}

static void find_pipe(struct probe *probe) {
	drmModeRes *res = drmModeGetResources(probe->fd);
	if (res == NULL || res->count_crtcs < 1) {
		die("resources");
	}
	probe->crtc = res->crtcs[0];
	for (int i = 0; i < res->count_connectors && probe->connector == 0; i++) {
		drmModeConnector *connector = drmModeGetConnector(probe->fd, res->connectors[i]);
		for (int k = 0; connector != NULL && k < connector->count_modes; k++) {
			// A small mode: the rate is the question, not the memory.
			if (connector->modes[k].hdisplay <= 800) {
				probe->connector = connector->connector_id;
				probe->mode = connector->modes[k];
				break;
			}
		}
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(res);
	drmModePlaneRes *planes = drmModeGetPlaneResources(probe->fd);
	for (uint32_t i = 0; planes != NULL && i < planes->count_planes && probe->plane == 0; i++) {
		uint64_t type = 0;
		property(probe->fd, planes->planes[i], DRM_MODE_OBJECT_PLANE, "type", &type);
		if (type == DRM_PLANE_TYPE_PRIMARY) {
			probe->plane = planes->planes[i];
		}
	}
	drmModeFreePlaneResources(planes);
	if (probe->connector == 0 || probe->plane == 0) {
		fprintf(stderr,
			"kms-probe: no mode up to 800 wide, or no primary plane\n");
		exit(1);
	}
}

static void commit(struct probe *probe, unsigned int index, bool modeset) {
	drmModeAtomicReq *req = drmModeAtomicAlloc();
	if (req == NULL) {
		die("atomic request");
	}
	const uint32_t plane = DRM_MODE_OBJECT_PLANE;
	uint32_t width = probe->mode.hdisplay, height = probe->mode.vdisplay;
	if (modeset) {
		set(probe, req, probe->connector, DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID",
			probe->crtc);
		set(probe, req, probe->crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID", probe->mode_blob);
		set(probe, req, probe->crtc, DRM_MODE_OBJECT_CRTC, "ACTIVE", 1);
		set(probe, req, probe->plane, plane, "CRTC_ID", probe->crtc);
		set(probe, req, probe->plane, plane, "SRC_X", 0);
		set(probe, req, probe->plane, plane, "SRC_Y", 0);
		set(probe, req, probe->plane, plane, "SRC_W", (uint64_t)width << 16);
		set(probe, req, probe->plane, plane, "SRC_H", (uint64_t)height << 16);
		set(probe, req, probe->plane, plane, "CRTC_X", 0);
		set(probe, req, probe->plane, plane, "CRTC_Y", 0);
		set(probe, req, probe->plane, plane, "CRTC_W", width);
		set(probe, req, probe->plane, plane, "CRTC_H", height);
	}
	set(probe, req, probe->plane, plane, "FB_ID", probe->fbs[index]);
	uint32_t flags = DRM_MODE_PAGE_FLIP_EVENT |
		(modeset ? DRM_MODE_ATOMIC_ALLOW_MODESET : DRM_MODE_ATOMIC_NONBLOCK);
	if (drmModeAtomicCommit(probe->fd, req, flags, probe) != 0) {
		die("atomic commit");
	}
	drmModeAtomicFree(req);
}

static void handle_flip(int fd, unsigned int sequence, unsigned int seconds, unsigned int us,
	unsigned int crtc, void *data) {
	struct probe *probe = data;
	int64_t now_ns = (int64_t)seconds * 1000000000 + (int64_t)us * 1000;
	const double period_ns =
		(double)probe->mode.htotal * probe->mode.vtotal * 1e6 / probe->mode.clock;
	probe->flipped = true;
	if (probe->frames == 0) {
		probe->first_ns = now_ns;
	} else {
		if (sequence != probe->last_sequence + 1) {
			probe->gaps++;
		}
		double periods = (double)(now_ns - probe->last_ns) / period_ns;
		double off_ns = fabs(periods - round(periods)) * period_ns;
		if (off_ns > probe->off_grid_ns) {
			probe->off_grid_ns = off_ns;
		}
	}
	probe->last_sequence = sequence;
	probe->last_ns = now_ns;
	probe->frames++;
}

static void wait_flip(struct probe *probe) {
	drmEventContext context = { .version = 3, .page_flip_handler2 = handle_flip };
	probe->flipped = false;
	while (!probe->flipped) {
		struct pollfd pollfd = { .fd = probe->fd, .events = POLLIN };
		int n = poll(&pollfd, 1, 5000);
		if (n == 0) {
			errno = ETIMEDOUT;
		}
		if (n < 1 || drmHandleEvent(probe->fd, &context) != 0) {
			die("flip event");
		}
	}
}

int main(int argc, char **argv) {
	if (argc != 3) {
		fprintf(stderr, "usage: kms-probe CARD FRAMES\n");
		return 2;
	}
	struct probe probe = { .fd = open(argv[1], O_RDWR | O_CLOEXEC) };
	unsigned long frames = strtoul(argv[2], NULL, 10);
	if (probe.fd < 0) {
		die(argv[1]);
	}
	drmVersion *version = drmGetVersion(probe.fd);
	if (version == NULL || drmSetClientCap(probe.fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1) != 0 ||
		drmSetClientCap(probe.fd, DRM_CLIENT_CAP_ATOMIC, 1) != 0) {
		die("atomic mode setting");
	}
	find_pipe(&probe);
	for (unsigned int i = 0; i < BUFFERS; i++) {
		probe.fbs[i] = framebuffer(&probe, 0x20 + i * 0x40);
	}
	if (drmModeCreatePropertyBlob(probe.fd, &probe.mode, sizeof(probe.mode),
		    &probe.mode_blob) != 0) {
		die("mode blob");
	}
	commit(&probe, 0, true);
	wait_flip(&probe);
	probe.frames = 0; // the modeset's own event starts no period
	for (unsigned long i = 0; i < frames; i++) {
		commit(&probe, (unsigned int)(i % BUFFERS), false);
		wait_flip(&probe);
	}
	double seconds = (double)(probe.last_ns - probe.first_ns) / 1e9;
	printf("{\"driver\": \"%s\", \"mode\": \"%ux%u\", \"refresh\": %.4f, \"frames\": %u, "
	       "\"hz\": %.4f, \"gaps\": %u, \"off_grid_us\": %.1f}\n",
		version->name, probe.mode.hdisplay, probe.mode.vdisplay,
		probe.mode.clock * 1000.0 / (probe.mode.htotal * probe.mode.vtotal), probe.frames,
		seconds > 0 ? (probe.frames - 1) / seconds : 0, probe.gaps,
		probe.off_grid_ns / 1e3);
	drmFreeVersion(version);
	return 0;
}
