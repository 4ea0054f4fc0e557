// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which GLES driver a test is to run on. Mesa takes another one when the one that was asked for
 * cannot start: such a test is skipped, not passed.
 */
#ifndef TESTS_RENDER_DRIVER_H
#define TESTS_RENDER_DRIVER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Is @name, a renderer's, another driver's than PVG_TEST_DRIVER asks for? Then that is said.
static inline int driver_is_other(const char *name) {
	const char *wanted = getenv("PVG_TEST_DRIVER");
	if (wanted == NULL || strstr(name, wanted) != NULL) {
		return 0;
	}
	printf("SKIP: no %s here: %s\n", wanted, name);
	return 1;
}

#endif
