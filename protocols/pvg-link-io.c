// SPDX-License-Identifier: GPL-2.0-or-later
#include "pvg-link-io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct type_rule {
	uint16_t type;
	enum pvg_link_side from;
	uint16_t size;     // exact, or the fixed part when .item is not 0
	uint16_t item;     // bytes of one array element
	uint16_t max_items;
	uint8_t min_fds, max_fds;
};

static const struct type_rule rules[] = {
	{ PVG_LINK_HELLO, PVG_LINK_FROM_SHIM, sizeof(struct pvg_link_hello), 0, 0, 3, 5 },
	{ PVG_LINK_MEM_TABLE, PVG_LINK_FROM_SHIM, sizeof(struct pvg_link_mem_table),
		sizeof(struct pvg_link_region), PVG_LINK_MAX_REGIONS, 0, PVG_LINK_MAX_FDS },
	{ PVG_LINK_READY, PVG_LINK_FROM_SHIM, sizeof(struct pvg_link_ready), 0, 0, 0, 0 },
	{ PVG_LINK_RUNSTATE, PVG_LINK_FROM_SHIM, sizeof(struct pvg_link_runstate), 0, 0, 0, 0 },
	{ PVG_LINK_RESET, PVG_LINK_FROM_SHIM, sizeof(struct pvg_link_reset), 0, 0, 0, 0 },
	{ PVG_LINK_MODES, PVG_LINK_FROM_SHIM, sizeof(struct pvg_link_modes),
		sizeof(struct pvg_link_mode), PVG_LINK_MAX_MODES, 0, 0 },
	{ PVG_LINK_BYE, PVG_LINK_FROM_SHIM, sizeof(struct pvg_link_bye), 0, 0, 0, 0 },
	{ PVG_LINK_INPUT, PVG_LINK_FROM_SHIM, sizeof(struct pvg_link_input), 0, 0, 0, 0 },
	{ PVG_LINK_WELCOME, PVG_LINK_FROM_HOST, sizeof(struct pvg_link_welcome), 0, 0, 0, 0 },
	{ PVG_LINK_RESET_ACK, PVG_LINK_FROM_HOST, sizeof(struct pvg_link_reset_ack), 0, 0, 0, 0 },
	{ PVG_LINK_KEY, PVG_LINK_FROM_HOST, sizeof(struct pvg_link_key), 0, 0, 0, 0 },
	{ PVG_LINK_POINTER, PVG_LINK_FROM_HOST, sizeof(struct pvg_link_pointer), 0, 0, 0, 0 },
	{ PVG_LINK_POWER, PVG_LINK_FROM_HOST, sizeof(struct pvg_link_power), 0, 0, 0, 0 },
	{ PVG_LINK_FRAME_INFO, PVG_LINK_FROM_HOST, sizeof(struct pvg_link_frame_info), 0, 0, 1, 1 },
	{ PVG_LINK_CURSOR, PVG_LINK_FROM_HOST, sizeof(struct pvg_link_cursor), 0, 0, 0, 1 },
	{ PVG_LINK_JOURNAL, PVG_LINK_FROM_HOST, sizeof(struct pvg_link_journal), 0, 0, 1, 1 },
};

static const struct type_rule *find_rule(uint16_t type, enum pvg_link_side from) {
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].type == type && rules[i].from == from) {
			return &rules[i];
		}
	}
	return NULL;
}

static const char *check_hello(const struct pvg_link_hello *hello, unsigned int nfds) {
	unsigned int want = PVG_LINK_HELLO_FD_FIXED;
	want += (hello->features & PVG_LINK_FEATURE_BOOT_FB) != 0;
	want += (hello->features & PVG_LINK_FEATURE_JOURNAL) != 0;
	if (hello->magic != PVG_LINK_MAGIC) {
		return "HELLO: magic is not PVG1";
	}
	if (hello->major != PVG_LINK_MAJOR) {
		return "HELLO: another major version of pvg-link";
	}
	if (nfds != want) {
		return "HELLO: descriptor count does not fit the features";
	}
	if (hello->page_shift != 12) {
		return "HELLO: page shift is not 12";
	}
	if (hello->bar0_size != 0x4000) {
		return "HELLO: BAR0 is not 16 KiB";
	}
	if (hello->displays < 1 || hello->displays > 8) {
		return "HELLO: display count is not 1..8";
	}
	if (memchr(hello->name, '\0', sizeof(hello->name)) == NULL) {
		return "HELLO: name is not terminated";
	}
	return NULL;
}

static const char *check_table(const struct pvg_link_mem_table *table, unsigned int nfds) {
	if (table->nfd != nfds) {
		return "MEM_TABLE: descriptor count differs from nfd";
	}
	uint64_t end = 0;
	for (uint32_t i = 0; i < table->count; i++) {
		const struct pvg_link_region *region = &table->regions[i];
		uint64_t region_end, file_end;
		if (region->fd_index >= nfds) {
			return "MEM_TABLE: fd_index out of range";
		}
		if (region->size == 0 ||
			((region->gpa | region->size | region->fd_offset) & 0xfff) != 0) {
			return "MEM_TABLE: region is empty or not page aligned";
		}
		if (__builtin_add_overflow(region->gpa, region->size, &region_end) ||
			__builtin_add_overflow(region->fd_offset, region->size, &file_end) ||
			file_end > INT64_MAX) {
			return "MEM_TABLE: region wraps";
		}
		if (region->gpa < end) {
			return "MEM_TABLE: regions overlap or are not sorted";
		}
		end = region_end;
	}
	return NULL;
}

static const char *check_content(uint16_t type, const void *payload, unsigned int nfds) {
	switch (type) {
	case PVG_LINK_HELLO:
		return check_hello(payload, nfds);
	case PVG_LINK_MEM_TABLE:
		return check_table(payload, nfds);
	case PVG_LINK_WELCOME: {
		const struct pvg_link_welcome *welcome = payload;
		return welcome->major != PVG_LINK_MAJOR
			? "WELCOME: another major version of pvg-link"
			: NULL;
	}
	case PVG_LINK_KEY: {
		const struct pvg_link_key *key = payload;
		return key->code > 0x2ff || key->down > 1 ? "KEY: no such key or state" : NULL;
	}
	case PVG_LINK_POINTER: {
		const struct pvg_link_pointer *pointer = payload;
		if (pointer->kind > PVG_LINK_POINTER_WHEEL) {
			return "POINTER: unknown kind";
		}
		if (pointer->kind == PVG_LINK_POINTER_ABS &&
			(pointer->a < 0 || pointer->a > 32767 || pointer->b < 0 ||
				pointer->b > 32767 || pointer->c > 7)) {
			return "POINTER: absolute position or port out of range";
		}
		return NULL;
	}
	case PVG_LINK_POWER: {
		const struct pvg_link_power *power = payload;
		return power->what > PVG_LINK_POWER_RESET ? "POWER: unknown request" : NULL;
	}
	case PVG_LINK_FRAME_INFO: {
		const struct pvg_link_frame_info *info = payload;
		if (info->width == 0 || info->width > 8192 || info->height == 0 ||
			info->height > 8192 || info->stride < info->width * 4 ||
			info->stride > 8192 * 16 || info->stride % 4 != 0) {
			return "FRAME_INFO: geometry out of range";
		}
		return NULL;
	}
	case PVG_LINK_CURSOR: {
		const struct pvg_link_cursor *cursor = payload;
		bool glyph = cursor->w != 0 || cursor->h != 0;
		if (glyph != (nfds == 1)) {
			return "CURSOR: glyph size and descriptor do not agree";
		}
		if (cursor->w > 512 || cursor->h > 512 ||
			(glyph &&
				(cursor->w == 0 || cursor->h == 0 || cursor->hx >= cursor->w ||
					cursor->hy >= cursor->h))) {
			return "CURSOR: geometry out of range";
		}
		return NULL;
	}
	default:
		return NULL;
	}
}

enum pvg_link_result pvg_link_check(const void *bytes, size_t size, unsigned int nfds,
	enum pvg_link_side from, const char **why) {
	struct pvg_link_header header;
	if (size < sizeof(header) || size > PVG_LINK_MAX_PACKET) {
		*why = "packet shorter than its header or over the limit";
		return PVG_LINK_BAD;
	}
	memcpy(&header, bytes, sizeof(header));
	if (header.length != size - sizeof(header)) {
		*why = "packet length differs from the header's";
		return PVG_LINK_BAD;
	}
	if (header.nfds != nfds || nfds > PVG_LINK_MAX_FDS) {
		*why = "descriptor count differs from the header's";
		return PVG_LINK_BAD;
	}
	const struct type_rule *rule = find_rule(header.type, from);
	if (rule == NULL) {
		*why = "unknown message type";
		return (header.flags & PVG_LINK_FLAG_CRITICAL) != 0 ? PVG_LINK_BAD
								    : PVG_LINK_IGNORE;
	}
	if (nfds < rule->min_fds || nfds > rule->max_fds) {
		*why = "wrong number of descriptors for this type";
		return PVG_LINK_BAD;
	}
	// A private, aligned copy: the caller's bytes may sit anywhere.
	_Alignas(8) uint8_t payload[PVG_LINK_MAX_PACKET];
	memcpy(payload, (const uint8_t *)bytes + sizeof(header), header.length);
	size_t want = rule->size;
	if (rule->item != 0) {
		if (header.length < rule->size) {
			*why = "payload shorter than its fixed part";
			return PVG_LINK_BAD;
		}
		uint32_t count;
		size_t count_at = header.type == PVG_LINK_MEM_TABLE ? sizeof(uint32_t) : 0;
		memcpy(&count, payload + count_at, sizeof(count));
		if (count > rule->max_items) {
			*why = "too many entries";
			return PVG_LINK_BAD;
		}
		want += (size_t)count * rule->item;
	}
	if (header.length != want) {
		*why = "wrong payload length for this type";
		return PVG_LINK_BAD;
	}
	*why = check_content(header.type, payload, nfds);
	return *why == NULL ? PVG_LINK_OK : PVG_LINK_BAD;
}

void pvg_link_msg_finish(struct pvg_link_msg *msg) {
	for (unsigned int i = 0; i < PVG_LINK_MAX_FDS; i++) {
		if (msg->fds[i] >= 0) {
			close(msg->fds[i]);
			msg->fds[i] = -1;
		}
	}
}

int pvg_link_msg_take_fd(struct pvg_link_msg *msg, unsigned int index) {
	if (index >= PVG_LINK_MAX_FDS) {
		return -1;
	}
	int fd = msg->fds[index];
	msg->fds[index] = -1;
	return fd;
}

enum pvg_link_result pvg_link_recv(int sock, enum pvg_link_side from, struct pvg_link_msg *msg,
	const char **why) {
	for (unsigned int i = 0; i < PVG_LINK_MAX_FDS; i++) {
		msg->fds[i] = -1;
	}
	*why = NULL;

	_Alignas(8) uint8_t bytes[PVG_LINK_MAX_PACKET];
	union {
		struct cmsghdr align;
		// Room for one more than allowed, so that an excess is seen and closed, not
		// truncated away.
		char bytes[CMSG_SPACE(sizeof(int) * (PVG_LINK_MAX_FDS + 1))];
	} control;
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr hdr = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t size;
	do {
		size = recvmsg(sock, &hdr, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (size < 0 && errno == EINTR);
	if (size < 0) {
		return errno == EAGAIN || errno == EWOULDBLOCK ? PVG_LINK_AGAIN : PVG_LINK_EOF;
	}

	unsigned int nfds = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&hdr); c != NULL; c = CMSG_NXTHDR(&hdr, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
			continue;
		}
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (nfds < PVG_LINK_MAX_FDS) {
				msg->fds[nfds] = fd;
			} else {
				close(fd);
			}
			nfds++;
		}
	}

	if (size == 0) {
		// The end, or an empty packet: the same to us, but it may carry descriptors.
		pvg_link_msg_finish(msg);
		return PVG_LINK_EOF;
	}

	enum pvg_link_result result;
	if ((hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		*why = "packet or descriptors were truncated";
		result = PVG_LINK_BAD;
	} else {
		result = pvg_link_check(bytes, (size_t)size, nfds, from, why);
	}
	if (result != PVG_LINK_OK) {
		pvg_link_msg_finish(msg);
		return result;
	}
	memcpy(&msg->header, bytes, sizeof(msg->header));
	memcpy(msg->payload, bytes + sizeof(msg->header), msg->header.length);
	return PVG_LINK_OK;
}

bool pvg_link_send(int sock, enum pvg_link_type type, const void *payload, size_t length,
	const int *fds, unsigned int nfds) {
	static _Atomic uint32_t next_serial = 1;
	if (length > PVG_LINK_MAX_PACKET - sizeof(struct pvg_link_header) ||
		nfds > PVG_LINK_MAX_FDS) {
		return false;
	}
	// Types that came after 1.0 are not: a peer that does not know them goes on without.
	bool critical = type <= PVG_LINK_BYE || type == PVG_LINK_WELCOME ||
		type == PVG_LINK_RESET_ACK;
	struct pvg_link_header header = {
		.type = (uint16_t)type,
		.nfds = (uint16_t)nfds,
		.length = (uint32_t)length,
		.serial = atomic_fetch_add(&next_serial, 1),
		.flags = critical ? PVG_LINK_FLAG_CRITICAL : 0,
	};
	struct iovec iov[2] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = (void *)(uintptr_t)payload, .iov_len = length },
	};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * PVG_LINK_MAX_FDS)];
	} control;
	struct msghdr hdr = { .msg_iov = iov, .msg_iovlen = length != 0 ? 2 : 1 };
	if (nfds != 0) {
		memset(&control, 0, sizeof(control));
		hdr.msg_control = control.bytes;
		hdr.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&hdr);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
	}
	ssize_t sent;
	do {
		sent = sendmsg(sock, &hdr, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)(sizeof(header) + length);
}

bool pvg_link_check_memfd(int fd, uint64_t min_size, const char **why) {
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
		*why = "descriptor is no memfd sealed against shrinking";
		return false;
	}
	struct stat st;
	if (fstat(fd, &st) != 0 || st.st_size < 0 || (uint64_t)st.st_size < min_size) {
		*why = "memfd is smaller than declared";
		return false;
	}
	return true;
}

bool pvg_link_check_eventfd(int fd, const char **why) {
	// An eventfd is anonymous: no file type, and a peek by poll never blocks. Its name in /proc
	// is the only positive proof, so a failed look-up is a refusal.
	char path[64], target[64];
	static const char prefix[] = "/proc/self/fd/";
	size_t at = sizeof(prefix) - 1;
	memcpy(path, prefix, at);
	char digits[16];
	size_t n = 0;
	unsigned int value = (unsigned int)fd;
	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0 && n < sizeof(digits));
	while (n > 0) {
		path[at++] = digits[--n];
	}
	path[at] = '\0';
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	if (fd < 0 || len < 0) {
		*why = "descriptor cannot be looked at";
		return false;
	}
	target[len] = '\0';
	if (strncmp(target, "anon_inode:[eventfd", 19) != 0) {
		*why = "descriptor is no eventfd";
		return false;
	}
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
		*why = "eventfd cannot be made non-blocking";
		return false;
	}
	return true;
}

void pvg_link_signal(int eventfd) {
	const uint64_t one = 1;
	ssize_t n;
	do {
		n = write(eventfd, &one, sizeof(one));
	} while (n < 0 && errno == EINTR);
}

bool pvg_link_drain(int eventfd) {
	uint64_t value;
	ssize_t n;
	do {
		n = read(eventfd, &value, sizeof(value));
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(value);
}
