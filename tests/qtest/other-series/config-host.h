// SPDX-License-Identifier: GPL-2.0-or-later
// For a shim that believes to be of another series than its headers: the version gate's test.
#include_next <config-host.h>

#undef QEMU_VERSION_MINOR
#define QEMU_VERSION_MINOR 1
