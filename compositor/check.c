// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/kvm.h>
#include <linux/udmabuf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pvg/renderer.h>

#include "gpu.h"
#include "options.h"
#include "render/shader/client.h"

#define KVM_API 12
#define PROBE_BYTES (1u << 20)
#define PICTURE_4K_MIB 32u // 3840 x 2160 pixels of 4 bytes

void pk_check_line(struct pk_check *check, enum pk_check_word word, const char *topic,
	const char *fix, const char *fmt, ...) {
	static const char *const words[PK_CHECK_WORDS] = { "ok", "note", "bad" };
	va_list args;
	fprintf(check->out, "%-5s %s: ", words[word], topic);
	va_start(args, fmt);
	vfprintf(check->out, fmt, args);
	va_end(args);
	if (fix != NULL) {
		fprintf(check->out, "; fix: %s", fix);
	}
	fputc('\n', check->out);
	check->counts[word]++;
}

/* ---- the virtual machine --------------------------------------------------------------------- */

void pk_check_kvm(struct pk_check *check, const char *path) {
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		pk_check_line(check, PK_CHECK_BAD, "KVM",
			errno == EACCES ? "add yourself to the group that owns it (kvm)"
					: "switch virtualisation on in the firmware, modprobe "
					  "kvm_intel or kvm_amd",
			"%s: %s: without it macOS is far too slow", path, strerror(errno));
		return;
	}
	int version = ioctl(fd, KVM_GET_API_VERSION, 0);
	if (version != KVM_API) {
		pk_check_line(check, PK_CHECK_BAD, "KVM", "it must be the kernel's KVM device",
			"%s speaks no KVM API of version %d", path, KVM_API);
	} else if (ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_IRQFD) <= 0 ||
		ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_IOEVENTFD) <= 0) {
		pk_check_line(check, PK_CHECK_NOTE, "KVM", "a newer kernel",
			"no irqfd or no ioeventfd: interrupts and doorbells go through QEMU");
	} else {
		pk_check_line(check, PK_CHECK_OK, "KVM", NULL,
			"API %d, irqfd, ioeventfd (that it boots a guest was not tried)", version);
	}
	close(fd);
}

// The first line of what a command says; its exit status, -1: not started.
static int first_line(const char *command, char *line, size_t line_bytes) {
	FILE *pipe = popen(command, "re");
	if (pipe == NULL) {
		return -1;
	}
	if (fgets(line, (int)line_bytes, pipe) == NULL) {
		line[0] = '\0';
	}
	char rest[256];
	while (fgets(rest, sizeof(rest), pipe) != NULL) {
	}
	line[strcspn(line, "\n")] = '\0';
	int status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_qemu(struct pk_check *check) {
	char line[512] = "";
	// Its own search for QEMU and the plugin of the same series; asking is not starting.
	int status = first_line("pvg-qemu --print -machine none 2>&1", line, sizeof(line));
	if (status == 127) {
		pk_check_line(check, PK_CHECK_BAD, "QEMU",
			"install pvg-linux, or put pvg-qemu on PATH", "pvg-qemu was not found");
		return;
	}
	if (status != 0) {
		pk_check_line(check, PK_CHECK_BAD, "QEMU",
			"install QEMU 10.0 or later, or build the plugin for the one you have (docs/qemu.md)",
			"%s", line);
		return;
	}
	char version[256] = "";
	first_line("${PVG_QEMU:-qemu-system-x86_64} --version 2>&1", version, sizeof(version));
	pk_check_line(check, PK_CHECK_OK, "QEMU", NULL, "%s, %s", version,
		strstr(line, "libpvg-shim") != NULL ? "its plugin is there"
						    : "with the device built in");
}

/* ---- memory ---------------------------------------------------------------------------------- */

static int make_memfd(uint64_t size_bytes) {
	int fd = memfd_create("pvg-check", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 &&
		(ftruncate(fd, (off_t)size_bytes) != 0 ||
			fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) != 0)) {
		int error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

void pk_check_memory(struct pk_check *check) {
	int fd = make_memfd(PROBE_BYTES);
	if (fd < 0) {
		pk_check_line(check, PK_CHECK_BAD, "memfd", "a kernel with CONFIG_MEMFD_CREATE",
			"%s: the guest's memory cannot be shared", strerror(errno));
		return;
	}
	close(fd);
	pk_check_line(check, PK_CHECK_OK, "memfd", NULL, "shared memory with seals");
}

int pk_check_make_udmabuf(const char *path, uint64_t size_bytes) {
	int device = open(path, O_RDWR | O_CLOEXEC);
	if (device < 0) {
		return -1;
	}
	int memfd = make_memfd(size_bytes);
	int fd = -1;
	if (memfd >= 0) {
		struct udmabuf_create create = {
			.memfd = (uint32_t)memfd,
			.flags = UDMABUF_FLAGS_CLOEXEC,
			.size = size_bytes,
		};
		fd = ioctl(device, UDMABUF_CREATE, &create);
		int error = errno;
		close(memfd);
		errno = error;
	}
	int error = errno;
	close(device);
	errno = error;
	return fd;
}

static bool read_number(const char *folder, const char *name, unsigned long *value) {
	char path[PATH_MAX], text[32];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "re");
	bool ok = f != NULL && fgets(text, sizeof(text), f) != NULL;
	if (f != NULL) {
		fclose(f);
	}
	char *end = text;
	if (ok) {
		*value = strtoul(text, &end, 10);
	}
	return ok && end != text;
}

void pk_check_udmabuf(struct pk_check *check, const char *path, const char *module_folder) {
	int fd = pk_check_make_udmabuf(path, PROBE_BYTES);
	if (fd < 0) {
		pk_check_line(check, PK_CHECK_NOTE, "udmabuf",
			errno == EACCES ? "a udev rule that gives the seat access: "
					  "KERNEL==\"udmabuf\", TAG+=\"uaccess\""
					: "modprobe udmabuf, or a kernel with CONFIG_UDMABUF",
			"%s: %s: pictures that the CPU paints are copied once more", path,
			strerror(errno));
		return;
	}
	close(fd);
	unsigned long limit = 0;
	if (read_number(module_folder, "size_limit_mb", &limit) && limit < PICTURE_4K_MIB) {
		pk_check_line(check, PK_CHECK_NOTE, "udmabuf",
			"udmabuf.size_limit_mb=64 on the "
			"kernel's command line",
			"works, but no larger than %lu MiB: a 4K picture "
			"takes %u",
			limit, PICTURE_4K_MIB);
	} else if (limit != 0) {
		pk_check_line(check, PK_CHECK_OK, "udmabuf", NULL, "works, up to %lu MiB", limit);
	} else {
		pk_check_line(check, PK_CHECK_OK, "udmabuf", NULL, "works");
	}
}

/* ---- drawing --------------------------------------------------------------------------------- */

static void check_renderer(struct pk_check *check, const struct pk_options *options) {
	struct pk_gpu_options gpu = options->gpu;
	bool failed = false;
	gpu.renderer = PK_RENDERER_GLES;
	struct pvg_renderer *renderer = pk_gpu_create(&gpu, &failed);
	if (renderer == NULL) {
		pk_check_line(check, PK_CHECK_BAD, "GLES 3.2",
			"install the GPU's EGL driver (Mesa: libegl-mesa0, libgl1-mesa-dri) and add "
			"yourself to the group render",
			"no renderer: a macOS desktop needs Metal; --log-level debug tells more");
		return;
	}
	const struct pvg_gpu_caps *caps = &renderer->caps;
	pk_check_line(check, caps->software ? PK_CHECK_NOTE : PK_CHECK_OK, "GLES 3.2",
		caps->software ? "a GPU with a render node that you may open (group render)" : NULL,
		"%s; textures %u, %u samples, threadgroups of %u threads and %u KiB%s", caps->name,
		caps->max_size_2d, caps->max_samples, caps->max_threads,
		caps->threadgroup_bytes / 1024, caps->software ? ": drawn by the CPU" : "");
	const struct {
		bool has;
		const char *what;
	} wishes[] = {
		{ caps->framebuffer_fetch, "framebuffer fetch" },
		{ caps->depth_clamp, "depth clamp" },
		{ caps->base_instance, "base instance" },
		{ caps->bc, "BC textures" },
		{ caps->astc, "ASTC textures" },
		{ caps->dmabuf_import, "dmabuf import" },
	};
	char missing[256] = "";
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		if (!wishes[i].has) {
			size_t used = strlen(missing);
			snprintf(missing + used, sizeof(missing) - used, "%s%s",
				used > 0 ? ", " : "", wishes[i].what);
		}
	}
	pk_check_line(check, missing[0] != '\0' ? PK_CHECK_NOTE : PK_CHECK_OK, "GLES extensions",
		missing[0] != '\0' ? "a newer driver, if it has them" : NULL,
		missing[0] != '\0' ? "not there: %s (replaced or refused, docs/renderer.md)"
				   : "all that are of use%s",
		missing);
	renderer->ops->destroy(renderer);
}

static void check_shaders(struct pk_check *check) {
	char path[PATH_MAX];
#ifdef PVG_HAVE_GLES
	if (pvg_shader_find_worker(path, sizeof(path))) {
		pk_check_line(check, PK_CHECK_OK, "shader translator", NULL, "%s", path);
	} else {
		pk_check_line(check, PK_CHECK_BAD, "shader translator",
			"install pvg-shaderd, or set PVG_SHADERD", "nothing at %s", path);
	}
#endif
	if (!pk_gpu_find_cache(path, sizeof(path))) {
		pk_check_line(check, PK_CHECK_NOTE, "shader cache",
			"set HOME or XDG_CACHE_HOME to a folder that you may write",
			"no place for it: shaders are translated anew at each start");
	} else if (access(path, W_OK) != 0) {
		pk_check_line(check, PK_CHECK_NOTE, "shader cache", "chown it to yourself",
			"%s: %s", path, strerror(errno));
	} else {
		pk_check_line(check, PK_CHECK_OK, "shader cache", NULL, "%s", path);
	}
}

/* ---- the session ----------------------------------------------------------------------------- */

static void check_session(struct pk_check *check) {
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat st;
	if (runtime == NULL || *runtime != '/') {
		pk_check_line(check, PK_CHECK_BAD, "runtime folder",
			"log in through logind, or make a folder of your own (0700) and set it",
			"XDG_RUNTIME_DIR is not set: there is no place for sockets");
	} else if (stat(runtime, &st) != 0 || !S_ISDIR(st.st_mode) || access(runtime, W_OK) != 0) {
		pk_check_line(check, PK_CHECK_BAD, "runtime folder",
			"make it, owned by you, mode 0700", "%s: no folder that can be written",
			runtime);
	} else {
		pk_check_line(check, PK_CHECK_OK, "runtime folder", NULL, "%s", runtime);
	}
	const char *parent = getenv("WAYLAND_DISPLAY");
	if (parent != NULL && *parent != '\0') {
		pk_check_line(check, PK_CHECK_OK, "session", NULL,
			"a window of the Wayland session %s", parent);
		return;
	}
	parent = getenv("DISPLAY");
	if (parent != NULL && *parent != '\0') {
		pk_check_line(check, PK_CHECK_OK, "session", NULL, "a window of the X server %s",
			parent);
		return;
	}
	const char *seat = access("/run/systemd/seats", F_OK) == 0 ? "logind"
		: access("/run/seatd.sock", F_OK) == 0             ? "seatd"
		: geteuid() == 0                                   ? "root, libseat's builtin seat"
								   : NULL;
	if (seat == NULL) {
		pk_check_line(check, PK_CHECK_NOTE, "session",
			"start it in a session of logind, or run seatd and join its group",
			"nobody hands out screens and input devices: only --backend headless works");
	} else {
		pk_check_line(check, PK_CHECK_OK, "session", NULL, "screens and input through %s",
			seat);
	}
}

int pk_check_run(const struct pk_options *options, FILE *out) {
	struct pk_check check = { .out = out };
	pk_check_kvm(&check, "/dev/kvm");
	check_qemu(&check);
	pk_check_memory(&check);
	pk_check_udmabuf(&check, "/dev/udmabuf", "/sys/module/udmabuf/parameters");
	check_renderer(&check, options);
	check_shaders(&check);
	check_session(&check);
	pk_check_drm(&check, "/dev/dri");
	fprintf(out, "%u ok, %u notes, %u bad\n", check.counts[PK_CHECK_OK],
		check.counts[PK_CHECK_NOTE], check.counts[PK_CHECK_BAD]);
	return check.counts[PK_CHECK_BAD] == 0 ? PK_EXIT_OK : PK_EXIT_FAILURE;
}
