// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The connection to the PVG host (spec 06 section 6). The shim connects and keeps trying; every
 * connection has its own page and its own eventfds, so a host that was given up disturbs nobody.
 * What comes from the host is checked by pvg-link-io.c and once more where it is used.
 */
#include "shim.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 2000
#define WELCOME_MS 5000
#define RESET_WAIT_MS 1000
#define MESSAGES_AT_ONCE 64 // then the main loop gets its turn

static void link_lost(PVGShim *s, const char *why);

static bool connected(const PVGShim *s) {
	return s->link.state >= SHIM_LINK_HELLO_SENT;
}

// A host may hold guest RAM.
static bool has_table(const PVGShim *s) {
	return s->link.state >= SHIM_LINK_TABLE_SENT;
}

static bool send_message(PVGShim *s, enum pvg_link_type type, const void *payload, size_t length,
	const int *fds, unsigned int nfds) {
	return pvg_link_send(s->link.sock, type, payload, length, fds, nfds);
}

static bool send_hello(PVGShim *s) {
	struct pvg_link_hello hello = {
		.magic = PVG_LINK_MAGIC,
		.major = PVG_LINK_MAJOR,
		.minor = PVG_LINK_MINOR,
		.qemu_version =
			QEMU_VERSION_MAJOR << 16 | QEMU_VERSION_MINOR << 8 | QEMU_VERSION_MICRO,
		.page_shift = 12,
		.bar0_size = PVG_BAR0_SIZE,
		.features = PVG_LINK_FEATURE_FRAME_READBACK,
		.epoch = s->epoch,
		.displays = s->displays,
	};
	memcpy(hello.uuid, qemu_uuid.data, sizeof(hello.uuid));
	g_strlcpy(hello.name, s->name, sizeof(hello.name));
	int fds[PVG_LINK_HELLO_FD_FIXED + 2] = {
		[PVG_LINK_HELLO_FD_SHM] = s->page_fd,
		[PVG_LINK_HELLO_FD_DOORBELL] = s->link.doorbell,
		[PVG_LINK_HELLO_FD_IRQ] = s->irq.fd,
	};
	unsigned int nfds = PVG_LINK_HELLO_FD_FIXED;
	if (s->irqfd && kvm_msi_via_irqfd_enabled()) {
		hello.features |= PVG_LINK_FEATURE_IRQFD;
	}
	if (s->link.doorbell_is_ioeventfd) {
		hello.features |= PVG_LINK_FEATURE_DOORBELL_EVENTFD;
	}
	if (s->boot_fb >= 0) {
		hello.features |= PVG_LINK_FEATURE_BOOT_FB;
		fds[nfds++] = s->boot_fb;
	}
	if (s->link.journal >= 0) {
		hello.features |= PVG_LINK_FEATURE_JOURNAL;
		fds[nfds++] = s->link.journal;
	}
	return send_message(s, PVG_LINK_HELLO, &hello, sizeof(hello), fds, nfds);
}

static bool send_table(PVGShim *s) {
	const struct shim_table *table = &s->mem.current;
	union {
		struct pvg_link_mem_table table;
		uint8_t bytes[sizeof(struct pvg_link_mem_table) + sizeof(table->regions)];
	} message = {
		.table = {
			.generation = s->mem.generation,
			.count = table->count,
			.nfd = table->nfd,
		},
	};
	size_t regions = table->count * sizeof(table->regions[0]);
	memcpy(message.bytes + sizeof(message.table), table->regions, regions);
	s->link.table_stale = false;
	return send_message(s, PVG_LINK_MEM_TABLE, &message, sizeof(message.table) + regions,
		table->fds, table->nfd);
}

static bool send_modes(PVGShim *s) {
	if (s->num_modes == 0) {
		return true;
	}
	union {
		struct pvg_link_modes modes;
		uint8_t bytes[sizeof(struct pvg_link_modes) +
			PVG_LINK_MAX_MODES * sizeof(struct pvg_link_mode)];
	} message = { .modes.count = s->num_modes };
	for (uint32_t i = 0; i < s->num_modes; i++) {
		struct pvg_link_mode mode = {
			.width = s->modes[i].width,
			.height = s->modes[i].height,
			.hz = s->modes[i].hz,
		};
		memcpy(message.bytes + sizeof(message.modes) + i * sizeof(mode), &mode,
			sizeof(mode));
	}
	return send_message(s, PVG_LINK_MODES, &message,
		sizeof(message.modes) + s->num_modes * sizeof(struct pvg_link_mode), NULL, 0);
}

static uint32_t run_reason(RunState state) {
	switch (state) {
	case RUN_STATE_PAUSED:
		return PVG_LINK_RUN_PAUSED;
	case RUN_STATE_SHUTDOWN:
		return PVG_LINK_RUN_SHUTDOWN;
	case RUN_STATE_GUEST_PANICKED:
		return PVG_LINK_RUN_PANICKED;
	case RUN_STATE_INTERNAL_ERROR:
	case RUN_STATE_IO_ERROR:
		return PVG_LINK_RUN_ERROR;
	default:
		return PVG_LINK_RUN_OTHER;
	}
}

static bool send_runstate(PVGShim *s, bool running, RunState state) {
	struct pvg_link_runstate runstate = {
		.running = running,
		.reason = running ? PVG_LINK_RUN_OTHER : run_reason(state),
	};
	return send_message(s, PVG_LINK_RUNSTATE, &runstate, sizeof(runstate), NULL, 0);
}

void shim_link_input(PVGShim *s, uint32_t pointers) {
	const struct pvg_link_input input = { .pointers = pointers };
	if (s->link.state == SHIM_LINK_LIVE &&
		!send_message(s, PVG_LINK_INPUT, &input, sizeof(input), NULL, 0)) {
		shim_link_fail_later(s, "it does not read its messages");
	}
}

static void arm_retry(PVGShim *s) {
	timer_mod(s->link.timer, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + s->link.retry_ms);
	s->link.retry_ms = MIN(s->link.retry_ms * 2, RETRY_MAX_MS);
}

static void ioeventfd_set(PVGShim *s, bool on) {
	if (on == s->link.doorbell_is_ioeventfd) {
		return;
	}
	if (on) {
		event_notifier_init_fd(&s->link.doorbell_notifier, s->link.doorbell);
		memory_region_add_eventfd(&s->bar0, PVG_REG_CHILD_DOORBELL, 4, false, 0,
			&s->link.doorbell_notifier);
	} else {
		memory_region_del_eventfd(&s->bar0, PVG_REG_CHILD_DOORBELL, 4, false, 0,
			&s->link.doorbell_notifier);
	}
	s->link.doorbell_is_ioeventfd = on;
}

static void close_connection(PVGShim *s) {
	struct shim_link *link = &s->link;
	timer_del(link->timer);
	if (link->sock >= 0) {
		qemu_set_fd_handler(link->sock, NULL, NULL, NULL);
		close(link->sock);
		link->sock = -1;
	}
	ioeventfd_set(s, false);
	shim_irq_detach(s);
	if (link->doorbell >= 0) {
		close(link->doorbell);
		link->doorbell = -1;
	}
	link->failure = NULL;
	link->state = SHIM_LINK_CONNECTING;
}

static void apply_policy(PVGShim *s) {
	switch (s->on_disconnect) {
	case SHIM_DISCONNECT_CONTINUE:
		break;
	case SHIM_DISCONNECT_PAUSE:
		if (runstate_is_running()) {
			s->link.paused_by_us = true;
			s->link.waited_first = true;
			qemu_system_vmstop_request_prepare();
			qemu_system_vmstop_request(RUN_STATE_PAUSED);
		}
		break;
	case SHIM_DISCONNECT_SHUTDOWN:
		if (s->link.was_live) {
			qemu_system_shutdown_request(SHUTDOWN_CAUSE_HOST_ERROR);
		}
		break;
	}
}

/*
 * Nothing is taken from the guest: the registers move to a page of their own and keep answering
 * with the last values (spec 06 section 6.4 rule 3).
 */
static void link_lost(PVGShim *s, const char *why) {
	bool was_live = s->link.state == SHIM_LINK_LIVE;
	// A host that does not want us (it shows another VM, say) is tried again and again: told
	// once.
	if (was_live || s->link.refusal != why) {
		shim_log(s, SHIM_LOG_LINK, true, "host %s: %s", s->socket_path, why);
	}
	s->link.refusal = was_live ? NULL : why;
	close_connection(s);
	if (!shim_page_renew(s)) {
		shim_log(s, SHIM_LOG_LINK, true, "no memory for a new shared page");
	}
	s->link.was_live = s->link.was_live || was_live;
	shim_input_release_all(s);
	shim_console_placeholder(s, "connection to the PVG host lost, waiting for a new one");
	shim_irq_resignal(s); // the host may have died between status bit and signal
	apply_policy(s);
	arm_retry(s);
}

void shim_link_fail_later(PVGShim *s, const char *why) {
	if (connected(s) && s->link.failure == NULL) {
		s->link.failure = why;
		qemu_bh_schedule(s->link.bh);
	}
}

static void handle_bh(void *opaque) {
	PVGShim *s = opaque;
	if (s->link.failure != NULL && connected(s)) {
		link_lost(s, s->link.failure);
	}
	if (has_table(s) && s->link.table_stale && !send_table(s)) {
		link_lost(s, "it does not read its messages");
	}
}

void shim_link_table_changed(PVGShim *s) {
	// This may be a vCPU inside a change of the memory map: the main loop sends (spec 06 trap
	// 8).
	s->link.table_stale = true;
	if (s->link.bh != NULL && has_table(s)) {
		qemu_bh_schedule(s->link.bh);
	}
}

static const char *handle_welcome(PVGShim *s, const struct pvg_link_welcome *welcome) {
	if (s->link.state != SHIM_LINK_HELLO_SENT) {
		return "WELCOME: a second one";
	}
	timer_del(s->link.timer);
	if (!send_modes(s) || !send_table(s)) {
		return "it does not read its messages";
	}
	s->link.state = SHIM_LINK_TABLE_SENT;
	struct pvg_link_ready ready = { .mem_generation = s->mem.generation };
	if (!send_message(s, PVG_LINK_READY, &ready, sizeof(ready), NULL, 0) ||
		!send_runstate(s, runstate_is_running(), runstate_get())) {
		return "it does not read its messages";
	}
	s->link.state = SHIM_LINK_LIVE;
	s->link.retry_ms = RETRY_MIN_MS;
	s->input.announced = false;
	shim_input_announce(s);
	info_report(TYPE_PVG_SHIM ": %s: connected to the host at %s%s", s->name, s->socket_path,
		welcome->state_token != 0 ? ", which goes on from its journal" : "");
	shim_console_placeholder(s, "shown by the PVG host");
	pvg_link_signal(s->link.doorbell); // for what was rung before this host came
	if (s->link.paused_by_us) {
		s->link.paused_by_us = false;
		if (runstate_check(RUN_STATE_PAUSED)) {
			vm_start();
		}
	}
	return NULL;
}

static const char *handle_journal(PVGShim *s, const struct pvg_link_journal *journal,
	struct pvg_link_msg *msg) {
	const char *why;
	if (!pvg_link_check_memfd(msg->fds[0], 1, &why)) {
		return "JOURNAL: not a memfd that is sealed and has a size";
	}
	if ((fcntl(msg->fds[0], F_GET_SEALS) & F_SEAL_GROW) == 0) {
		return "JOURNAL: not sealed against growing";
	}
	if (s->link.journal >= 0) {
		close(s->link.journal);
	}
	s->link.journal = pvg_link_msg_take_fd(msg, 0);
	s->link.journal_token = journal->state_token;
	return NULL;
}

static const char *handle_power(PVGShim *s, const struct pvg_link_power *power) {
	switch (power->what) {
	case PVG_LINK_POWER_BUTTON:
		qemu_system_powerdown_request();
		break;
	case PVG_LINK_POWER_QUIT:
		qemu_system_shutdown_request(SHUTDOWN_CAUSE_HOST_UI);
		break;
	case PVG_LINK_POWER_RESET:
		qemu_system_reset_request(SHUTDOWN_CAUSE_HOST_UI);
		break;
	default:
		return "POWER: unknown request";
	}
	return NULL;
}

// NULL, or why the host cannot be trusted any more.
static const char *handle_message(PVGShim *s, struct pvg_link_msg *msg) {
	const void *payload = msg->payload;
	if (s->link.state == SHIM_LINK_HELLO_SENT && msg->header.type != PVG_LINK_WELCOME) {
		return "a message before WELCOME";
	}
	switch (msg->header.type) {
	case PVG_LINK_WELCOME:
		return handle_welcome(s, payload);
	case PVG_LINK_RESET_ACK:
		return NULL; // the page's epoch word is what counts; the message only wakes
	case PVG_LINK_KEY:
		shim_input_key(s, payload);
		return NULL;
	case PVG_LINK_POINTER:
		shim_input_pointer(s, payload);
		return NULL;
	case PVG_LINK_POWER:
		return handle_power(s, payload);
	case PVG_LINK_FRAME_INFO:
		return shim_console_frame(s, payload, msg->fds[0]);
	case PVG_LINK_CURSOR:
		return shim_console_cursor(s, payload, msg->fds[0]);
	case PVG_LINK_JOURNAL:
		return handle_journal(s, payload, msg);
	default:
		return "a message that a host does not send";
	}
}

static void handle_sock_readable(void *opaque) {
	PVGShim *s = opaque;
	struct pvg_link_msg msg;
	for (unsigned int i = 0; i < MESSAGES_AT_ONCE && s->link.sock >= 0; i++) {
		const char *why = NULL;
		switch (pvg_link_recv(s->link.sock, PVG_LINK_FROM_HOST, &msg, &why)) {
		case PVG_LINK_OK:
			why = handle_message(s, &msg);
			pvg_link_msg_finish(&msg);
			if (why != NULL) {
				link_lost(s, why);
				return;
			}
			break;
		case PVG_LINK_IGNORE:
			shim_log(s, SHIM_LOG_PEER, false, "host: message left out: %s", why);
			break;
		case PVG_LINK_AGAIN:
			return;
		case PVG_LINK_EOF:
			link_lost(s, "it is gone");
			return;
		case PVG_LINK_BAD:
			link_lost(s, why);
			return;
		}
	}
}

// A connected socket, or -1 with errno.
static int connect_socket(const char *path) {
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0) {
		return -1;
	}
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
		int saved = errno;
		close(sock);
		errno = saved;
		return -1;
	}
	return sock;
}

static void tell_waiting(PVGShim *s, int error) {
	if (s->link.logged_errno == error) {
		return; // once, not at every try
	}
	s->link.logged_errno = error;
	info_report(TYPE_PVG_SHIM ": %s: waiting for a host at %s (%s)", s->name, s->socket_path,
		strerror(error));
}

static void try_connect(PVGShim *s) {
	struct shim_link *link = &s->link;
	int sock = connect_socket(s->socket_path);
	if (sock < 0) {
		tell_waiting(s, errno);
		if (!link->tried) {
			link->tried = true;
			apply_policy(s);
		}
		arm_retry(s);
		return;
	}
	int irq = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	link->doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (irq < 0 || link->doorbell < 0 || !shim_page_renew(s)) {
		tell_waiting(s, errno);
		close(sock);
		if (irq >= 0) {
			close(irq);
		}
		if (link->doorbell >= 0) {
			close(link->doorbell);
			link->doorbell = -1;
		}
		arm_retry(s);
		return;
	}
	link->sock = sock;
	link->state = SHIM_LINK_HELLO_SENT;
	link->logged_errno = 0;
	link->tried = true;
	link->table_stale = false;
	shim_irq_attach(s, irq);
	ioeventfd_set(s, s->doorbell_eventfd);
	s->page_shared = true;
	if (!send_hello(s)) {
		link_lost(s, "it does not take HELLO");
		return;
	}
	qemu_set_fd_handler(sock, handle_sock_readable, NULL, s);
	timer_mod(link->timer, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + WELCOME_MS);
}

static void handle_timer(void *opaque) {
	PVGShim *s = opaque;
	if (s->link.state == SHIM_LINK_CONNECTING) {
		try_connect(s);
	} else if (s->link.state == SHIM_LINK_HELLO_SENT) {
		link_lost(s, "no WELCOME within 5 s");
	}
}

void shim_link_doorbell(PVGShim *s) {
	if (s->link.doorbell >= 0) {
		pvg_link_signal(s->link.doorbell);
	}
}

void shim_link_runstate(PVGShim *s, bool running, RunState state) {
	if (running) {
		// Whoever continued the VM, the host's return must not do it again.
		s->link.paused_by_us = false;
		if (!connected(s) && s->link.tried && !s->link.was_live && !s->link.waited_first) {
			apply_policy(s); // started with -S: no host has been there yet
		}
	}
	if (s->link.state == SHIM_LINK_LIVE && !send_runstate(s, running, state)) {
		shim_link_fail_later(s, "it does not read its messages");
	}
}

static int64_t now_ms(void) {
	return g_get_monotonic_time() / 1000;
}

void shim_link_reset(PVGShim *s) {
	if (!connected(s)) {
		return;
	}
	struct pvg_link_reset reset = {
		.epoch_low = (uint32_t)s->epoch,
		.epoch_high = (uint32_t)(s->epoch >> 32),
	};
	if (!send_message(s, PVG_LINK_RESET, &reset, sizeof(reset), NULL, 0)) {
		link_lost(s, "it does not read its messages");
		return;
	}
	if (!has_table(s)) {
		return; // without guest RAM there is nothing that could come late
	}
	// Guest memory is reused the moment this returns: the one place where the shim waits.
	int64_t deadline = now_ms() + RESET_WAIT_MS;
	struct pollfd pfd = { .fd = s->link.sock, .events = POLLRDHUP };
	while (atomic_load(&s->page->epoch_seen) != (uint32_t)s->epoch) {
		if (poll(&pfd, 1, 1) > 0) {
			link_lost(s, "it went away during a reset");
			return;
		}
		if (now_ms() >= deadline) {
			link_lost(s, "it did not let go of the old guest within 1 s of a reset");
			return;
		}
	}
}

static void stop_timer(PVGShim *s) {
	if (s->link.timer != NULL) {
		timer_free(s->link.timer);
		s->link.timer = NULL;
	}
}

bool shim_link_init(PVGShim *s, Error **errp) {
	struct shim_link *link = &s->link;
	if (strlen(s->socket_path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
		error_setg(errp, "socket: path is too long");
		return false;
	}
	link->retry_ms = RETRY_MIN_MS;
	link->state = SHIM_LINK_CONNECTING;
	link->bh = qemu_bh_new(handle_bh, s);
	link->timer = timer_new_ms(QEMU_CLOCK_REALTIME, handle_timer, s);
	// The first try is made by the main loop: the machine is complete then, and the host only
	// sees virtual machines that started.
	timer_mod(link->timer, qemu_clock_get_ms(QEMU_CLOCK_REALTIME));
	return true;
}

void shim_link_finish(PVGShim *s, enum pvg_link_bye_reason reason) {
	struct shim_link *link = &s->link;
	if (link->state == SHIM_LINK_OFF) {
		return;
	}
	if (link->sock >= 0) {
		struct pvg_link_bye bye = { .reason = reason };
		send_message(s, PVG_LINK_BYE, &bye, sizeof(bye), NULL, 0);
	}
	close_connection(s);
	link->state = SHIM_LINK_OFF;
	stop_timer(s);
	if (link->bh != NULL) {
		qemu_bh_delete(link->bh);
		link->bh = NULL;
	}
	if (link->journal >= 0) {
		close(link->journal);
		link->journal = -1;
	}
}
