// SPDX-License-Identifier: GPL-2.0-or-later
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ctx_empty(void **state) {
	struct ctx *ctx = calloc(1, sizeof(*ctx));
	assert_non_null(ctx);
	ctx->link.sock = ctx->link.shm = ctx->link.doorbell = ctx->link.irq = -1;
	ctx->link.boot_fb = ctx->link.journal = -1;
	memset(ctx->link.mem_fds, 0xff, sizeof(ctx->link.mem_fds));
	ctx->vm = vm_create();
	fakehost_listen(&ctx->host, ctx->vm->socket_path);
	*state = ctx;
	return 0;
}

void ctx_start(struct ctx *ctx, const char *device, const char *const *extra) {
	vm_start(ctx->vm, VM_MEMORY_256M, device, extra);
	fakehost_attach(&ctx->host, &ctx->link);
	fakelink_rung(&ctx->link, 0);
}

int ctx_started(void **state) {
	ctx_empty(state);
	ctx_start(*state, "", NULL);
	return 0;
}

int ctx_teardown(void **state) {
	struct ctx *ctx = *state;
	fakelink_close(&ctx->link);
	fakehost_close(&ctx->host);
	vm_stop(ctx->vm);
	free(ctx);
	return 0;
}

void ctx_reconnect(struct ctx *ctx) {
	fakelink_close(&ctx->link);
	fakehost_attach(&ctx->host, &ctx->link);
}

const char *ctx_halting_firmware(struct ctx *ctx) {
	static char path[128];
	static uint8_t image[65536];
	static const uint8_t reset_vector[] = { 0xfa, 0xf4, 0xeb, 0xfc }; // cli; hlt; jmp to cli
	memset(image, 0xf4, sizeof(image));
	memcpy(image + sizeof(image) - 16, reset_vector, sizeof(reset_vector));
	snprintf(path, sizeof(path), "%s/halt.bin", ctx->vm->dir);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(image, 1, sizeof(image), file), sizeof(image));
	assert_int_equal(fclose(file), 0);
	return path;
}
