// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The screens, as far as they can be looked at without being their master.
 */
#include <dirent.h>
#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <gbm.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "check.h"

#define NODES_MAX 16
#define MODIFIERS_MAX 64

struct node {
	struct pk_check *check;
	const char *name; // card0
	int fd;
	uint32_t width, height; // of the newest connected panel
};

static void say(struct node *node, enum pk_check_word word, const char *what, const char *fix,
	const char *text) {
	char topic[300];
	snprintf(topic, sizeof(topic), "%s %s", node->name, what);
	pk_check_line(node->check, word, topic, fix, "%s", text);
}

static void append(char *text, size_t text_bytes, const char *more) {
	size_t used = strlen(text);
	snprintf(text + used, text_bytes - used, "%s%s", used > 0 ? ", " : "", more);
}

static bool find_property(int fd, uint32_t object, uint32_t type, const char *name,
	uint64_t *value) {
	drmModeObjectProperties *all = drmModeObjectGetProperties(fd, object, type);
	bool found = false;
	for (uint32_t i = 0; all != NULL && i < all->count_props && !found; i++) {
		drmModePropertyRes *property = drmModeGetProperty(fd, all->props[i]);
		if (property != NULL && strcmp(property->name, name) == 0) {
			*value = all->prop_values[i];
			found = true;
		}
		drmModeFreeProperty(property);
	}
	drmModeFreeObjectProperties(all);
	return found;
}

/* ---- connectors ------------------------------------------------------------------------------ */

static void check_connectors(struct node *node, const drmModeRes *res) {
	char text[512] = "", vrr[256] = "";
	for (int i = 0; i < res->count_connectors; i++) {
		drmModeConnector *c = drmModeGetConnectorCurrent(node->fd, res->connectors[i]);
		if (c == NULL) {
			continue;
		}
		if (c->connection == DRM_MODE_CONNECTED && c->count_modes > 0) {
			char name[64], one[128];
			const char *type = drmModeGetConnectorTypeName(c->connector_type);
			snprintf(name, sizeof(name), "%s-%" PRIu32, type != NULL ? type : "?",
				c->connector_type_id);
			snprintf(one, sizeof(one), "%s %ux%u@%u", name, c->modes[0].hdisplay,
				c->modes[0].vdisplay, c->modes[0].vrefresh);
			append(text, sizeof(text), one);
			node->width = c->modes[0].hdisplay;
			node->height = c->modes[0].vdisplay;
			uint64_t capable = 0;
			if (find_property(node->fd, c->connector_id, DRM_MODE_OBJECT_CONNECTOR,
				    "vrr_capable", &capable) &&
				capable != 0) {
				append(vrr, sizeof(vrr), name);
			}
		}
		drmModeFreeConnector(c);
	}
	if (text[0] == '\0') {
		say(node, PK_CHECK_NOTE, "panels", "connect one", "none is connected");
		return;
	}
	say(node, PK_CHECK_OK, "panels", NULL, text);
	say(node, PK_CHECK_OK, "VRR", NULL,
		vrr[0] != '\0' ? vrr : "no panel offers it: fixed refresh");
}

/* ---- planes ---------------------------------------------------------------------------------- */

struct plane_formats {
	uint32_t planes, overlays, cursors;
	uint64_t modifiers[MODIFIERS_MAX]; // for XRGB8888 on a primary plane
	size_t modifier_count;
	bool xrgb8888, argb8888, xrgb2101010;
};

static void note_format(struct plane_formats *formats, uint32_t fourcc) {
	formats->xrgb8888 |= fourcc == DRM_FORMAT_XRGB8888;
	formats->argb8888 |= fourcc == DRM_FORMAT_ARGB8888;
	formats->xrgb2101010 |= fourcc == DRM_FORMAT_XRGB2101010;
}

static void read_modifiers(struct node *node, uint32_t blob_id, struct plane_formats *formats) {
	drmModePropertyBlobRes *blob = drmModeGetPropertyBlob(node->fd, blob_id);
	drmModeFormatModifierIterator it = { 0 };
	while (blob != NULL && drmModeFormatModifierBlobIterNext(blob, &it)) {
		if (it.fmt == DRM_FORMAT_XRGB8888 && formats->modifier_count < MODIFIERS_MAX) {
			formats->modifiers[formats->modifier_count++] = it.mod;
		}
	}
	drmModeFreePropertyBlob(blob);
}

static void check_planes(struct node *node, struct plane_formats *formats) {
	drmModePlaneRes *planes = drmModeGetPlaneResources(node->fd);
	for (uint32_t i = 0; planes != NULL && i < planes->count_planes; i++) {
		drmModePlane *plane = drmModeGetPlane(node->fd, planes->planes[i]);
		uint64_t type = DRM_PLANE_TYPE_OVERLAY, blob = 0;
		if (plane == NULL) {
			continue;
		}
		find_property(node->fd, plane->plane_id, DRM_MODE_OBJECT_PLANE, "type", &type);
		if (type == DRM_PLANE_TYPE_PRIMARY) {
			formats->planes++;
			for (uint32_t f = 0; f < plane->count_formats; f++) {
				note_format(formats, plane->formats[f]);
			}
			if (formats->modifier_count == 0 &&
				find_property(node->fd, plane->plane_id, DRM_MODE_OBJECT_PLANE,
					"IN_FORMATS", &blob)) {
				read_modifiers(node, (uint32_t)blob, formats);
			}
		} else if (type == DRM_PLANE_TYPE_CURSOR) {
			formats->cursors++;
		} else {
			formats->overlays++;
		}
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(planes);

	char text[256];
	uint64_t width = 64, height = 64;
	drmGetCap(node->fd, DRM_CAP_CURSOR_WIDTH, &width);
	drmGetCap(node->fd, DRM_CAP_CURSOR_HEIGHT, &height);
	snprintf(text, sizeof(text),
		"%u primary (%s%s%s, %zu modifiers), %u overlay, %u cursor of %" PRIu64 "x%" PRIu64,
		formats->planes, formats->xrgb8888 ? "XR24" : "no XR24",
		formats->argb8888 ? " AR24" : "", formats->xrgb2101010 ? " XR30" : "",
		formats->modifier_count, formats->overlays, formats->cursors, width, height);
	bool good = formats->planes > 0 && formats->xrgb8888 && formats->cursors > 0;
	say(node, good ? PK_CHECK_OK : PK_CHECK_NOTE, "planes",
		good ? NULL : "a newer kernel or driver, else pictures or the pointer are drawn in",
		text);
}

/* ---- does the plane's device take our buffers? ----------------------------------------------- */

// A frame buffer of a dmabuf: what every scan-out begins with.
static bool takes(struct node *node, int dmabuf, uint32_t width, uint32_t height, uint32_t stride,
	uint64_t modifier) {
	uint32_t handle = 0, fb = 0;
	if (drmPrimeFDToHandle(node->fd, dmabuf, &handle) != 0) {
		return false;
	}
	uint32_t handles[4] = { handle }, pitches[4] = { stride }, offsets[4] = { 0 };
	uint64_t modifiers[4] = { modifier };
	bool plain = modifier == DRM_FORMAT_MOD_INVALID;
	int ret = plain ? drmModeAddFB2(node->fd, width, height, DRM_FORMAT_XRGB8888, handles,
				  pitches, offsets, &fb, 0)
			: drmModeAddFB2WithModifiers(node->fd, width, height, DRM_FORMAT_XRGB8888,
				  handles, pitches, offsets, modifiers, &fb, DRM_MODE_FB_MODIFIERS);
	if (ret == 0) {
		drmModeRmFB(node->fd, fb);
	}
	drmCloseBufferHandle(node->fd, handle);
	return ret == 0;
}

static bool takes_gpu(struct node *node, const struct plane_formats *formats, char *text,
	size_t text_bytes) {
	char *render = drmGetRenderDeviceNameFromFd(node->fd);
	int fd = render != NULL ? open(render, O_RDWR | O_CLOEXEC) : -1;
	struct gbm_device *gbm = fd >= 0 ? gbm_create_device(fd) : NULL;
	struct gbm_bo *bo = NULL;
	bool ok = false;
	if (gbm != NULL && formats->modifier_count > 0) {
		bo = gbm_bo_create_with_modifiers2(gbm, node->width, node->height,
			GBM_FORMAT_XRGB8888, formats->modifiers,
			(unsigned int)formats->modifier_count,
			GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING);
	} else if (gbm != NULL) {
		bo = gbm_bo_create(gbm, node->width, node->height, GBM_FORMAT_XRGB8888,
			GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING);
	}
	if (bo != NULL && gbm_bo_get_plane_count(bo) == 1) {
		int dmabuf = gbm_bo_get_fd(bo);
		ok = dmabuf >= 0 &&
			takes(node, dmabuf, node->width, node->height, gbm_bo_get_stride(bo),
				gbm_bo_get_modifier(bo));
		if (dmabuf >= 0) {
			close(dmabuf);
		}
	} else if (bo != NULL) {
		// Compressed layouts have planes of their own; only a commit tells.
		ok = true;
	}
	if (ok) {
		snprintf(text, text_bytes, "pictures drawn on %s, modifier 0x%" PRIx64, render,
			gbm_bo_get_modifier(bo));
	}
	if (bo != NULL) {
		gbm_bo_destroy(bo);
	}
	if (gbm != NULL) {
		gbm_device_destroy(gbm);
	}
	if (fd >= 0) {
		close(fd);
	}
	free(render);
	return ok;
}

static bool takes_memory(struct node *node) {
	uint32_t stride = (node->width * 4 + 255) / 256 * 256;
	uint64_t size = ((uint64_t)stride * node->height + 4095) / 4096 * 4096;
	int dmabuf = pk_check_make_udmabuf("/dev/udmabuf", size);
	if (dmabuf < 0) {
		return false;
	}
	bool ok = takes(node, dmabuf, node->width, node->height, stride, DRM_FORMAT_MOD_INVALID);
	close(dmabuf);
	return ok;
}

static void check_scan_out(struct node *node, const struct plane_formats *formats) {
	char text[256] = "";
	if (node->width == 0) {
		node->width = 1280;
		node->height = 720;
	}
	bool gpu = takes_gpu(node, formats, text, sizeof(text));
	bool memory = takes_memory(node);
	if (memory) {
		append(text, sizeof(text), "pictures in plain memory (udmabuf)");
	}
	if (gpu || memory) {
		say(node, PK_CHECK_OK, "scan-out", NULL, text);
	} else {
		say(node, PK_CHECK_NOTE, "scan-out",
			"a newer driver, or /dev/udmabuf for yourself (see udmabuf)",
			"takes neither GPU memory nor udmabuf: frames are copied to its own buffers");
	}
}

/* ---- a device -------------------------------------------------------------------------------- */

static void check_node(struct pk_check *check, const char *folder, const char *name) {
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	struct node node = { .check = check, .name = name };
	node.fd = open(path, O_RDWR | O_CLOEXEC);
	if (node.fd < 0) {
		say(&node, PK_CHECK_NOTE, "access",
			"a session of logind or seatd opens it for you; else join the group video",
			strerror(errno));
		return;
	}
	drmVersion *version = drmGetVersion(node.fd);
	drmModeRes *res = version != NULL ? drmModeGetResources(node.fd) : NULL;
	if (version == NULL || res == NULL) {
		say(&node, PK_CHECK_NOTE, "driver",
			"none, if another card has the screens; WLR_DRM_DEVICES names that one",
			version == NULL ? "is no DRM device" : "has no screens");
	} else {
		char text[256];
		bool atomic = drmSetClientCap(node.fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1) == 0 &&
			drmSetClientCap(node.fd, DRM_CLIENT_CAP_ATOMIC, 1) == 0;
		snprintf(text, sizeof(text), "%s, %d screens at most, %s", version->name,
			res->count_crtcs, atomic ? "atomic" : "no atomic commits");
		say(&node, atomic ? PK_CHECK_OK : PK_CHECK_NOTE, "driver",
			atomic ? NULL : "a newer kernel or driver", text);
		struct plane_formats formats = { 0 };
		check_connectors(&node, res);
		check_planes(&node, &formats);
		check_scan_out(&node, &formats);
		uint64_t timeline = 0, gamma = 0;
		drmGetCap(node.fd, DRM_CAP_SYNCOBJ_TIMELINE, &timeline);
		say(&node, PK_CHECK_OK, "timelines", NULL,
			timeline != 0 ? "yes" : "no: fences are waited for before a commit");
		if (res->count_crtcs > 0 &&
			find_property(node.fd, res->crtcs[0], DRM_MODE_OBJECT_CRTC,
				"GAMMA_LUT_SIZE", &gamma) &&
			gamma > 0) {
			snprintf(text, sizeof(text), "a table of %" PRIu64 " entries", gamma);
			say(&node, PK_CHECK_OK, "gamma", NULL, text);
		} else {
			say(&node, PK_CHECK_NOTE, "gamma",
				"none on this GPU; calibrate in the panel's own menu",
				"none: the guest's colour calibration has no effect");
		}
	}
	drmModeFreeResources(res);
	drmFreeVersion(version);
	close(node.fd);
}

static int is_card(const struct dirent *entry) {
	return strncmp(entry->d_name, "card", 4) == 0;
}

void pk_check_drm(struct pk_check *check, const char *folder) {
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_card, alphasort);
	if (count <= 0) {
		pk_check_line(check, PK_CHECK_NOTE, "screens",
			"load the GPU's kernel driver (a window or --backend headless need none)",
			"no KMS device in %s", folder);
	}
	for (int i = 0; i < count; i++) {
		if (i < NODES_MAX) {
			check_node(check, folder, entries[i]->d_name);
		}
		free(entries[i]);
	}
	free(entries);
}
