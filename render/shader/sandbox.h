// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef RENDER_SHADER_SANDBOX_H
#define RENDER_SHADER_SANDBOX_H

#include <stdbool.h>

/*
 * What the worker gives up before it reads its first request (spec 05 §6.8, docs/security.md). In
 * this order, each once, while the process has one thread; what is given up does not come back.
 */

/* How the worker ends when it runs out of memory, or when LLVM gives up: client.c names them. */
#define PVG_SHADERD_EXIT_LLVM 70
#define PVG_SHADERD_EXIT_MEMORY 71

/* Address space, CPU time, stack, descriptors, no core file, nothing to be gained by an exec. */
bool pvg_sandbox_limits(void);

/*
 * Namespaces of its own, without network and without capabilities, where a user may make them.
 * False where not: the rest holds without.
 */
bool pvg_sandbox_namespaces(void);

/* No file, no TCP and no abstract socket by Landlock. False where the kernel has none. */
bool pvg_sandbox_landlock(void);

/*
 * The system calls that a translation needs and no others: SIGSYS ends who tries. False when the
 * filter cannot be loaded; the worker does not run then.
 */
bool pvg_sandbox_filter(void);

#endif
