// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * -plugin file=libpvg-shim-X.Y.so[,socket=PATH][,name=NAME]: QEMU's loader runs before devices are
 * made, so a type registered here is there for -device (spec 06 sections 4 and 5.2). No
 * instrumentation takes place.
 */
#include "shim.h"

#include "qemu/qemu-plugin.h"

// The loader refuses a value outside its own range: the first gate.
QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/*
 * Headers of another minor series load and then crash at the first field that moved, so the running
 * QEMU has to be of the series that this file was compiled for.
 */
static bool version_fits(void) {
	Error *err = NULL;
	VersionInfo *info = qmp_query_version(&err);
	if (info == NULL) {
		error_report_err(err);
		return false;
	}
	bool fits =
		info->qemu->major == QEMU_VERSION_MAJOR && info->qemu->minor == QEMU_VERSION_MINOR;
	if (!fits) {
		error_report(TYPE_PVG_SHIM ": built for QEMU %d.%d, running %" PRId64 ".%" PRId64,
			QEMU_VERSION_MAJOR, QEMU_VERSION_MINOR, info->qemu->major,
			info->qemu->minor);
	} else if (info->qemu->micro != QEMU_VERSION_MICRO) {
		warn_report(TYPE_PVG_SHIM ": built for QEMU " QEMU_VERSION ", running %" PRId64
					  ".%" PRId64 ".%" PRId64,
			info->qemu->major, info->qemu->minor, info->qemu->micro);
	}
	qapi_free_VersionInfo(info);
	return fits;
}

static bool take_argument(const char *arg) {
	static const char socket_key[] = "socket=", name_key[] = "name=";
	if (strncmp(arg, socket_key, strlen(socket_key)) == 0) {
		g_free(shim_defaults.socket_path);
		shim_defaults.socket_path = g_strdup(arg + strlen(socket_key));
	} else if (strncmp(arg, name_key, strlen(name_key)) == 0) {
		g_free(shim_defaults.name);
		shim_defaults.name = g_strdup(arg + strlen(name_key));
	} else {
		error_report(TYPE_PVG_SHIM ": plugin argument '%s' is neither socket= nor name=",
			arg);
		return false;
	}
	return true;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
	char **argv) {
	if (!version_fits()) {
		return 1;
	}
	for (int i = 0; i < argc; i++) {
		if (!take_argument(argv[i])) {
			return 1;
		}
	}
	// Loaded twice, or a QEMU that has the device built in.
	if (object_class_by_name(TYPE_PVG_SHIM) != NULL) {
		return 0;
	}
	shim_register_types();
	return 0;
}
