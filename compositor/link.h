// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The socket for VMs: accepts connections of libpvg-shim.so, checks every message and descriptor,
 * and hands what they bring to the device thread (spec 06 sections 6 and 7.2).
 *
 * One VM is shown at a time. Another one that connects is refused by name; its shim tries again
 * every two seconds, so it takes over when the first is gone. A peer that breaks a rule loses its
 * connection, never anything else.
 */
#ifndef COMPOSITOR_LINK_H
#define COMPOSITOR_LINK_H

#include <stdbool.h>
#include <stdint.h>

struct pk_link;
struct pk_server;

/**
 * pk_link_create - listen on @path, or on the first free $XDG_RUNTIME_DIR/pvg-N.sock
 *
 * NULL after a log line that says what to do.
 */
struct pk_link *pk_link_create(struct pk_server *server, const char *path);
void pk_link_destroy(struct pk_link *link);
const char *pk_link_path(const struct pk_link *link);

// The device let go of everything before @epoch.
void pk_link_reset_done(struct pk_link *link, uint64_t epoch);
// The page or the ring of the VM shown cannot be trusted any more.
void pk_link_refuse_active(struct pk_link *link, const char *why);

/* Input and power requests for the VM shown; dropped without one. */

void pk_link_key(struct pk_link *link, uint32_t code, bool down);
void pk_link_pointer(struct pk_link *link, uint32_t kind, int32_t a, int32_t b, uint32_t c);
// Returns false when there is no VM to ask.
bool pk_link_power(struct pk_link *link, uint32_t what);

// Bytes of guest RAM mapped, and whether an address lies in it: for the memory statistics.
bool pk_link_is_guest_ram(struct pk_link *link, uintptr_t start, uintptr_t end);

#endif
