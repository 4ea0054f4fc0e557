// SPDX-License-Identifier: GPL-2.0-or-later
// The device inside a QEMU built from an overlaid source tree (overlay/apply-overlay.sh).
#include "shim.h"

type_init(shim_register_types)
