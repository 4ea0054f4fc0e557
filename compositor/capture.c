// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pvg/log.h>
#include <pvg/record.h>

#include "control.h"
#include "server.h"

enum capture_phase {
	CAPTURE_OFF,
	CAPTURE_STARTING, // the device thread was told
	CAPTURE_ON,
	CAPTURE_STOPPING, // as above
};

struct pk_capture {
	struct pk_server *server; // borrowed
	enum capture_phase phase;
	struct pvg_recorder *recorder; // owned, NULL: off
	bool partial; // begun under a guest
};

struct pvg_recorder *pk_capture_first(struct pk_capture *capture) {
	return capture->recorder;
}

bool pk_capture_file_is_good(int fd) {
	struct stat st;
	int flags = fcntl(fd, F_GETFL);
	return flags >= 0 && (flags & (O_APPEND | O_PATH)) == 0 &&
		(flags & O_ACCMODE) != O_RDONLY && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

const char *pk_capture_start(struct pk_capture *capture, int fd) {
	if (capture->phase != CAPTURE_OFF) {
		close(fd);
		return "a capture is being written already";
	}
	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0) {
		close(fd);
		return "the file cannot be emptied";
	}
	capture->recorder = pvg_recorder_create(fd); // closes it when it fails
	if (capture->recorder == NULL) {
		return "the file cannot be written";
	}
	if (!pk_vm_set_recorder(capture->server->vm, capture->recorder)) {
		pvg_recorder_destroy(capture->recorder);
		capture->recorder = NULL;
		return "out of memory";
	}
	capture->phase = CAPTURE_STARTING;
	return NULL;
}

const char *pk_capture_stop(struct pk_capture *capture) {
	if (capture->phase == CAPTURE_OFF) {
		return "no capture is being written";
	}
	if (capture->phase != CAPTURE_ON) {
		return "the capture is just being started or ended";
	}
	if (!pk_vm_set_recorder(capture->server->vm, NULL)) {
		return "out of memory";
	}
	capture->phase = CAPTURE_STOPPING;
	return NULL;
}

void pk_capture_settled(struct pk_capture *capture, bool attached) {
	const char *error = NULL;
	switch (capture->phase) {
	case CAPTURE_STARTING:
		capture->phase = CAPTURE_ON;
		capture->partial = attached;
		pvg_info("capture: begun%s",
			attached ? " under a guest: what it did before is not in it" : "");
		break;
	case CAPTURE_STOPPING:
		capture->phase = CAPTURE_OFF;
		// This thread gives the ticks, and the device thread has let go of it.
		if (!pvg_recorder_destroy(capture->recorder)) {
			error = "the file could not be written to its end";
		}
		capture->recorder = NULL;
		pvg_info("capture: %s", error != NULL ? error : "complete");
		break;
	case CAPTURE_OFF:
	case CAPTURE_ON:
		return;
	}
	pk_control_capture_settled(capture->server->control, error);
}

uint32_t pk_capture_state(const struct pk_capture *capture) {
	return capture->recorder == NULL ? 0 : capture->partial ? 2 : 1;
}

struct pk_capture *pk_capture_create(struct pk_server *server, const char *path) {
	struct pk_capture *capture = calloc(1, sizeof(*capture));
	if (capture == NULL) {
		return NULL;
	}
	capture->server = server;
	if (path == NULL) {
		return capture;
	}
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	capture->recorder = fd >= 0 ? pvg_recorder_create(fd) : NULL;
	if (capture->recorder == NULL) {
		pvg_error("record %s: %s", path, strerror(errno));
		free(capture);
		return NULL;
	}
	capture->phase = CAPTURE_ON;
	return capture;
}

void pk_capture_destroy(struct pk_capture *capture) {
	if (capture == NULL) {
		return;
	}
	pvg_recorder_destroy(capture->recorder);
	free(capture);
}
