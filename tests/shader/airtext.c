// SPDX-License-Identifier: GPL-2.0-or-later
#include "airtext.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/IRReader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA_LAYOUT \
	"e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v16:16:16-" \
	"v24:32:32-v32:32:32-v48:64:64-v64:64:64-v96:128:128-v128:128:128-v192:256:256-" \
	"v256:256:256-v512:512:512-v1024:1024:1024-n8:16:32"

char *airtext_read(const char *path, size_t *size) {
	FILE *f = fopen(path, "rb");
	if (f == NULL) {
		perror(path);
		return NULL;
	}
	char *text = malloc(AIRTEXT_MAX_BYTES + 1);
	*size = text != NULL ? fread(text, 1, AIRTEXT_MAX_BYTES + 1, f) : 0;
	fclose(f);
	if (*size == 0 || *size > AIRTEXT_MAX_BYTES) {
		fprintf(stderr, "%s: %zu bytes\n", path, *size);
		free(text);
		return NULL;
	}
	text[*size] = '\0';
	return text;
}

/* On one line with the first line of the text: line numbers in messages stay right. */
static LLVMMemoryBufferRef with_target(const char *path, const char *text, size_t size) {
	static const char layout[] = "target datalayout = \"" DATA_LAYOUT "\" ";
	static const char triple[] = "target triple = \"air64-apple-macosx14.0.0\" ";
	char *all = malloc(sizeof(layout) + sizeof(triple) + size);
	if (all == NULL) {
		return NULL;
	}
	size_t n = 0;
	if (strstr(text, "target datalayout") == NULL) {
		memcpy(all, layout, sizeof(layout) - 1);
		n += sizeof(layout) - 1;
	}
	if (strstr(text, "target triple") == NULL) {
		memcpy(all + n, triple, sizeof(triple) - 1);
		n += sizeof(triple) - 1;
	}
	memcpy(all + n, text, size);
	const char *base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(all, n + size, base);
	free(all);
	return buffer;
}

LLVMModuleRef airtext_parse(LLVMContextRef context, const char *path, const char *text,
	size_t size) {
	LLVMMemoryBufferRef buffer = with_target(path, text, size);
	LLVMModuleRef module = NULL;
	char *message = NULL;
	if (buffer == NULL) {
		return NULL;
	}
	if (LLVMParseIRInContext(context, buffer, &module, &message)) {
		fprintf(stderr, "%s\n", message);
		LLVMDisposeMessage(message);
		return NULL;
	}
	if (LLVMVerifyModule(module, LLVMReturnStatusAction, &message)) {
		fprintf(stderr, "%s: %s\n", path, message);
		LLVMDisposeMessage(message);
		LLVMDisposeModule(module);
		return NULL;
	}
	LLVMDisposeMessage(message);
	return module;
}
