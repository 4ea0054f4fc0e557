// SPDX-License-Identifier: GPL-2.0-or-later
// The scenes' own Metal functions: text in ../shaders, assembled and embedded when this is built.
#ifndef TESTS_GUEST_SCENE_SHADERS_H
#define TESTS_GUEST_SCENE_SHADERS_H

#include <stddef.h>
#include <stdint.h>

struct pvg_shader {
	const char *name; // of the file, without .ll
	const uint8_t *library;
	uint32_t size_bytes;
};

// Ends with a NULL name; empty where there is no LLVM to assemble them.
extern const struct pvg_shader pvg_shaders[];

#endif
