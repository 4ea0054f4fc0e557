// SPDX-License-Identifier: GPL-2.0-or-later
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <pvg/log.h>

#include "guestram.h"
#include "pvg-link-io.h"
#include "seat.h"
#include "server.h"

#define MAX_CONNECTIONS 8     // that have not said HELLO yet, or wait to be refused
#define HELLO_TIMEOUT_MS 5000 // a peer that connects and says nothing
#define MAX_DEFAULT_SOCKETS 32
#define MAX_REFUSALS_LOGGED 32 // a second

enum conn_state {
	CONN_NEW,   // no HELLO yet
	CONN_HELLO, // welcomed, no memory table yet
	CONN_TABLE, // no READY yet
	CONN_LIVE,
};

struct pk_conn {
	struct wl_list link; // pk_link.conns
	struct pk_link *owner; // borrowed
	int fd;
	struct wl_event_source *source;
	struct wl_event_source *timeout;
	enum conn_state state;
	pid_t pid;
	char name[32];
	const char *bye; // static: why the VM said goodbye, NULL: it did not
};

struct pk_link {
	struct pk_server *server; // borrowed
	struct pk_guestram *guestram; // owned
	int listen_fd, lock_fd;
	struct wl_event_source *listen_source;
	struct wl_list conns;   // pk_conn.link
	struct pk_conn *active; // the VM shown: one of conns that said HELLO, or NULL
	// Refusals in the second that began then, so that a peer that repeats itself does not fill
	// the log.
	int64_t refused_ns;
	unsigned int refused;
	struct sockaddr_un address;
	char lock_path[sizeof(((struct sockaddr_un *)0)->sun_path) + 8];
};

const char *pk_link_path(const struct pk_link *link) {
	return link->address.sun_path;
}

/* ---- connections ----------------------------------------------------------------------------- */

static void conn_close(struct pk_conn *conn, const char *idle_reason) {
	struct pk_link *link = conn->owner;
	bool active = link->active == conn;
	wl_list_remove(&conn->link);
	wl_event_source_remove(conn->source);
	if (conn->timeout != NULL) {
		wl_event_source_remove(conn->timeout);
	}
	close(conn->fd);
	if (active) {
		link->active = NULL;
		pk_vm_disconnect(link->server->vm);
		pk_server_vm_gone(link->server, idle_reason);
	}
	free(conn);
}

static void conn_refuse(struct pk_conn *conn, const char *why) {
	struct pk_link *link = conn->owner;
	int64_t now = pk_now_ns();
	if (now - link->refused_ns >= 1000000000) {
		if (link->refused > MAX_REFUSALS_LOGGED) {
			pvg_info("link: %u more connections were refused",
				link->refused - MAX_REFUSALS_LOGGED);
		}
		link->refused_ns = now;
		link->refused = 0;
	}
	if (++link->refused <= MAX_REFUSALS_LOGGED) {
		pvg_error("link: connection of process %d%s%s refused: %s", (int)conn->pid,
			conn->name[0] != '\0' ? ", VM " : "", conn->name, why);
	}
	conn_close(conn, "the VM's connection was refused");
}

static struct pvg_link_page *map_page(int fd, const char **why) {
	if (!pvg_link_check_memfd(fd, PVG_LINK_PAGE_SIZE, why)) {
		return NULL;
	}
	void *page = mmap(NULL, PVG_LINK_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		*why = "HELLO: the page cannot be mapped readable and writable";
		return NULL;
	}
	const struct pvg_link_page *p = page;
	if (p->magic != PVG_LINK_PAGE_MAGIC || p->layout != PVG_LINK_PAGE_LAYOUT ||
			p->size != PVG_LINK_PAGE_SIZE) {
		*why = "HELLO: the page has another layout";
		munmap(page, PVG_LINK_PAGE_SIZE);
		return NULL;
	}
	return page;
}

// The VM shown may have gone without its end of file having been read yet.
static void reap_active(struct pk_link *link) {
	char byte;
	if (link->active != NULL &&
			recv(link->active->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
		pvg_info("VM %s is gone", link->active->name);
		conn_close(link->active, "the VM is gone");
	}
}

static void sanitize(char *name) {
	for (; *name != '\0'; name++) {
		if (*name < ' ' || *name > '~') {
			*name = '?';
		}
	}
}

static const char *handle_hello(struct pk_conn *conn, struct pvg_link_msg *msg) {
	struct pk_link *link = conn->owner;
	struct pk_server *server = link->server;
	const struct pvg_link_hello *hello = (const struct pvg_link_hello *)msg->payload;
	const char *why = NULL;
	if (conn->state != CONN_NEW) {
		return "a second HELLO";
	}
	memcpy(conn->name, hello->name, sizeof(conn->name));
	sanitize(conn->name);
	if (conn->name[0] == '\0') {
		snprintf(conn->name, sizeof(conn->name), "%d", (int)conn->pid);
	}
	reap_active(link);
	if (link->active != NULL) {
		return "another VM is shown; it may try again when that one is gone";
	}
	if (!pvg_link_check_eventfd(msg->fds[PVG_LINK_HELLO_FD_DOORBELL], &why) ||
			!pvg_link_check_eventfd(msg->fds[PVG_LINK_HELLO_FD_IRQ], &why)) {
		return why;
	}
	struct pvg_link_page *page = map_page(msg->fds[PVG_LINK_HELLO_FD_SHM], &why);
	if (page == NULL) {
		return why;
	}
	const struct pvg_link_welcome welcome = {
		.major = PVG_LINK_MAJOR,
		.minor = PVG_LINK_MINOR,
		.features = hello->features &
			(PVG_LINK_FEATURE_IRQFD | PVG_LINK_FEATURE_DOORBELL_EVENTFD),
	};
	struct pk_vm_wires wires = {
		.page = page,
		.doorbell_fd = pvg_link_msg_take_fd(msg, PVG_LINK_HELLO_FD_DOORBELL),
		.irq_fd = pvg_link_msg_take_fd(msg, PVG_LINK_HELLO_FD_IRQ),
		.displays = hello->displays,
		.epoch = hello->epoch,
		.connection = server->vm_connection + 1,
	};
	// The guest's first surfaces must find what they may live in.
	pk_server_look_for_renderer(server, true);
	if (!pvg_link_send(conn->fd, PVG_LINK_WELCOME, &welcome, sizeof(welcome), NULL, 0) ||
			!pk_vm_connect(server->vm, &wires)) {
		munmap(page, PVG_LINK_PAGE_SIZE);
		close(wires.doorbell_fd);
		close(wires.irq_fd);
		return "WELCOME cannot be sent";
	}
	link->active = conn;
	conn->state = CONN_HELLO;
	server->vm_connection++;
	memcpy(server->vm_name, conn->name, sizeof(server->vm_name));
	memcpy(server->vm_uuid, hello->uuid, sizeof(server->vm_uuid));
	server->vm_displays = hello->displays;
	pvg_info("VM %s connected: process %d, QEMU %u.%u.%u, %u display%s", conn->name,
		(int)conn->pid, hello->qemu_version >> 16, hello->qemu_version >> 8 & 0xff,
		hello->qemu_version & 0xff, hello->displays, hello->displays == 1 ? "" : "s");
	pk_server_vm_connected(server);
	return NULL;
}

static const char *handle_mem_table(struct pk_conn *conn, struct pvg_link_msg *msg) {
	struct pk_link *link = conn->owner;
	const char *why = NULL;
	struct pvg_ram *ram = pk_guestram_table(link->guestram,
		(const struct pvg_link_mem_table *)msg->payload, msg->fds, &why);
	if (ram == NULL) {
		return why;
	}
	if (!pk_vm_set_ram(link->server->vm, ram)) {
		pvg_ram_unref(ram);
		return "MEM_TABLE: out of memory";
	}
	if (conn->state == CONN_HELLO) {
		conn->state = CONN_TABLE;
	}
	return NULL;
}

static void handle_modes(struct pk_server *server, const struct pvg_link_modes *message) {
	server->user_mode_count = 0;
	for (uint32_t i = 0; i < message->count; i++) {
		const struct pvg_link_mode *mode = &message->modes[i];
		if (mode->width == 0 || mode->height == 0 || mode->width > PVG_MAX_SURFACE_EDGE ||
				mode->height > PVG_MAX_SURFACE_EDGE || mode->hz > 1000) {
			pvg_error("display-modes: %ux%u@%u left out: out of range", mode->width,
				mode->height, mode->hz);
			continue;
		}
		server->user_modes[server->user_mode_count++] =
			(struct pvg_mode){ mode->width, mode->height, mode->hz * 1000u };
	}
	pk_server_describe(server);
}

static const char *bye_reason(uint32_t reason) {
	switch (reason) {
	case PVG_LINK_BYE_UNPLUG:
		return "the VM unplugged its display device";
	case PVG_LINK_BYE_SHUTDOWN:
		return "the VM shut down";
	default:
		return "the VM quit";
	}
}

// Returns why the connection must be refused, or NULL.
static const char *handle_message(struct pk_conn *conn, struct pvg_link_msg *msg) {
	struct pk_server *server = conn->owner->server;
	uint16_t type = msg->header.type;
	if (type == PVG_LINK_HELLO) {
		return handle_hello(conn, msg);
	}
	if (conn->state == CONN_NEW) {
		return "a message before HELLO";
	}
	switch (type) {
	case PVG_LINK_MEM_TABLE:
		return handle_mem_table(conn, msg);
	case PVG_LINK_READY:
		if (conn->state == CONN_HELLO) {
			return "READY before MEM_TABLE";
		}
		conn->state = CONN_LIVE;
		pvg_debug("VM %s is ready", conn->name);
		return NULL;
	case PVG_LINK_RUNSTATE: {
		const struct pvg_link_runstate *state =
			(const struct pvg_link_runstate *)msg->payload;
		bool running = state->running != 0;
		if (running != server->vm_running) {
			pvg_info("VM %s %s", conn->name, running ? "goes on" : "is paused");
		}
		if (!pk_vm_set_running(server->vm, running)) {
			return "RUNSTATE: out of memory";
		}
		pk_server_vm_running(server, running);
		return NULL;
	}
	case PVG_LINK_RESET:
		// The page's epoch decides; this only wakes the device thread (spec 06 section 6.4
		// rule 4).
		pk_vm_kick(server->vm);
		return NULL;
	case PVG_LINK_MODES:
		handle_modes(server, (const struct pvg_link_modes *)msg->payload);
		return NULL;
	case PVG_LINK_INPUT:
		pk_seat_set_devices(server->seat,
			((const struct pvg_link_input *)msg->payload)->pointers);
		return NULL;
	case PVG_LINK_BYE: {
		const struct pvg_link_bye *bye = (const struct pvg_link_bye *)msg->payload;
		pvg_info("VM %s says goodbye: %s", conn->name, bye_reason(bye->reason));
		conn->bye = bye_reason(bye->reason);
		return NULL;
	}
	default:
		return NULL;
	}
}

static int handle_conn(int fd, uint32_t mask, void *data) {
	struct pk_conn *conn = data;
	struct pk_link *link = conn->owner;
	// A few at a time: a peer that floods must not starve the outputs.
	for (int i = 0; i < 16; i++) {
		struct pvg_link_msg msg;
		const char *why = NULL;
		switch (pvg_link_recv(conn->fd, PVG_LINK_FROM_SHIM, &msg, &why)) {
		case PVG_LINK_OK:
			why = handle_message(conn, &msg);
			pvg_link_msg_finish(&msg);
			if (why != NULL) {
				conn_refuse(conn, why);
				return 0;
			}
			break;
		case PVG_LINK_IGNORE:
			pvg_debug("link: VM %s: %s, skipped", conn->name, why);
			break;
		case PVG_LINK_AGAIN:
			return 0;
		case PVG_LINK_EOF:
			if (link->active == conn) {
				pvg_info("VM %s is gone", conn->name);
			}
			conn_close(conn, conn->bye != NULL ? conn->bye : "the VM is gone");
			return 0;
		case PVG_LINK_BAD:
			conn_refuse(conn, why);
			return 0;
		}
	}
	return 0;
}

static int handle_timeout(void *data) {
	struct pk_conn *conn = data;
	if (conn->state == CONN_NEW) {
		conn_refuse(conn, "no HELLO within 5 seconds");
	}
	return 0;
}

static int handle_listen(int fd, uint32_t mask, void *data) {
	struct pk_link *link = data;
	int sock = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (sock < 0) {
		return 0;
	}
	struct ucred cred = { .pid = -1, .uid = (uid_t)-1 };
	socklen_t size = sizeof(cred);
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &size) != 0 || cred.uid != geteuid()) {
		pvg_error(
			"link: connection of process %d refused: it belongs to user %u, not to %u",
			(int)cred.pid, cred.uid, geteuid());
		close(sock);
		return 0;
	}
	if (wl_list_length(&link->conns) >= MAX_CONNECTIONS) {
		pvg_error("link: connection of process %d refused: too many connections",
			(int)cred.pid);
		close(sock);
		return 0;
	}
	struct pk_conn *conn = calloc(1, sizeof(*conn));
	if (conn == NULL) {
		close(sock);
		return 0;
	}
	conn->owner = link;
	conn->fd = sock;
	conn->pid = cred.pid;
	conn->source = wl_event_loop_add_fd(link->server->loop, sock, WL_EVENT_READABLE,
		handle_conn, conn);
	conn->timeout = wl_event_loop_add_timer(link->server->loop, handle_timeout, conn);
	if (conn->source == NULL || conn->timeout == NULL) {
		if (conn->source != NULL) {
			wl_event_source_remove(conn->source);
		}
		close(sock);
		free(conn);
		return 0;
	}
	wl_event_source_timer_update(conn->timeout, HELLO_TIMEOUT_MS);
	wl_list_insert(&link->conns, &conn->link);
	return 0;
}

/* ---- to the VM ------------------------------------------------------------------------------- */

static bool send_active(struct pk_link *link, enum pvg_link_type type, const void *payload,
		size_t size) {
	if (link->active == NULL || link->active->state == CONN_NEW) {
		return false;
	}
	if (!pvg_link_send(link->active->fd, type, payload, size, NULL, 0)) {
		// Gone, or it stopped reading: input to a stopped QEMU must not pile up here.
		pvg_debug("VM %s does not take a message of type 0x%x", link->active->name, type);
		return false;
	}
	return true;
}

void pk_link_reset_done(struct pk_link *link, uint64_t epoch) {
	const struct pvg_link_reset_ack ack = { epoch };
	send_active(link, PVG_LINK_RESET_ACK, &ack, sizeof(ack));
}

void pk_link_refuse_active(struct pk_link *link, const char *why) {
	if (link->active != NULL) {
		conn_refuse(link->active, why);
	}
}

void pk_link_key(struct pk_link *link, uint32_t code, bool down) {
	const struct pvg_link_key key = { code, down };
	send_active(link, PVG_LINK_KEY, &key, sizeof(key));
}

void pk_link_pointer(struct pk_link *link, uint32_t kind, int32_t a, int32_t b, uint32_t c) {
	const struct pvg_link_pointer pointer = { kind, a, b, c };
	send_active(link, PVG_LINK_POINTER, &pointer, sizeof(pointer));
}

bool pk_link_power(struct pk_link *link, uint32_t what) {
	const struct pvg_link_power power = { what };
	return send_active(link, PVG_LINK_POWER, &power, sizeof(power));
}

bool pk_link_is_guest_ram(struct pk_link *link, uintptr_t start, uintptr_t end) {
	return pk_guestram_covers(link->guestram, start, end);
}

/* ---- listening ------------------------------------------------------------------------------- */

enum bind_result { BIND_OK, BIND_TAKEN, BIND_FAILED };

static enum bind_result try_bind(struct pk_link *link, const char *path) {
	link->address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	size_t length = strlen(path);
	if (length >= sizeof(link->address.sun_path)) {
		pvg_error("socket %s: the path is longer than %zu bytes", path,
			sizeof(link->address.sun_path) - 1);
		return BIND_FAILED;
	}
	memcpy(link->address.sun_path, path, length + 1);
	snprintf(link->lock_path, sizeof(link->lock_path), "%s.lock", path);
	// The lock tells a socket that is in use from one that a crash left behind.
	link->lock_fd = open(link->lock_path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (link->lock_fd < 0) {
		pvg_error("socket %s: no lock file: %s", path, strerror(errno));
		return BIND_FAILED;
	}
	if (flock(link->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		close(link->lock_fd);
		link->lock_fd = -1;
		return BIND_TAKEN;
	}
	struct stat st;
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode)) {
			pvg_error("socket %s: there is something else of that name", path);
			goto error;
		}
		unlink(path);
	}
	link->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(0177);
	bool ok = link->listen_fd >= 0 &&
		bind(link->listen_fd, (const struct sockaddr *)&link->address,
			sizeof(link->address)) == 0;
	umask(mask);
	if (!ok || listen(link->listen_fd, MAX_CONNECTIONS) != 0) {
		pvg_error("socket %s: %s", path, strerror(errno));
		goto error;
	}
	return BIND_OK;
error:
	if (link->listen_fd >= 0) {
		close(link->listen_fd);
		link->listen_fd = -1;
	}
	unlink(link->lock_path);
	close(link->lock_fd);
	link->lock_fd = -1;
	return BIND_FAILED;
}

static bool bind_default(struct pk_link *link) {
	const char *folder = getenv("XDG_RUNTIME_DIR");
	if (folder == NULL || *folder == '\0') {
		pvg_error(
			"XDG_RUNTIME_DIR is not set: say where the VM's socket goes with --socket");
		return false;
	}
	for (int n = 0; n < MAX_DEFAULT_SOCKETS; n++) {
		char path[4096];
		snprintf(path, sizeof(path), "%s/pvg-%d.sock", folder, n);
		switch (try_bind(link, path)) {
		case BIND_OK:
			return true;
		case BIND_TAKEN:
			break;
		case BIND_FAILED:
			return false;
		}
	}
	pvg_error("%s: all sockets pvg-0.sock to pvg-%d.sock are taken", folder,
		MAX_DEFAULT_SOCKETS - 1);
	return false;
}

struct pk_link *pk_link_create(struct pk_server *server, const char *path) {
	struct pk_link *link = calloc(1, sizeof(*link));
	if (link == NULL) {
		return NULL;
	}
	link->server = server;
	link->listen_fd = link->lock_fd = -1;
	wl_list_init(&link->conns);
	link->guestram = pk_guestram_create();
	bool ok = link->guestram != NULL;
	if (ok && path != NULL) {
		enum bind_result result = try_bind(link, path);
		if (result == BIND_TAKEN) {
			pvg_error("socket %s: another pvg-kiosk listens there", path);
		}
		ok = result == BIND_OK;
	} else if (ok) {
		ok = bind_default(link);
	}
	if (ok) {
		link->listen_source = wl_event_loop_add_fd(server->loop, link->listen_fd,
			WL_EVENT_READABLE, handle_listen, link);
		ok = link->listen_source != NULL;
	}
	if (!ok) {
		pk_link_destroy(link);
		return NULL;
	}
	pvg_info("listening for a VM on %s", link->address.sun_path);
	return link;
}

// The device thread has ended: the memory tables are released.
void pk_link_destroy(struct pk_link *link) {
	if (link == NULL) {
		return;
	}
	struct pk_conn *conn, *tmp;
	link->active = NULL;
	wl_list_for_each_safe(conn, tmp, &link->conns, link) {
		conn_close(conn, NULL);
	}
	if (link->listen_source != NULL) {
		wl_event_source_remove(link->listen_source);
	}
	if (link->listen_fd >= 0) {
		close(link->listen_fd);
		unlink(link->address.sun_path);
	}
	if (link->lock_fd >= 0) {
		unlink(link->lock_path);
		close(link->lock_fd);
	}
	pk_guestram_destroy(link->guestram);
	free(link);
}
