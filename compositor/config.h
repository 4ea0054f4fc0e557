// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration file, pvg-kiosk.conf(5). Pure but for the reading of the file itself.
 */
#ifndef COMPOSITOR_CONFIG_H
#define COMPOSITOR_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "options.h"

#define PK_CONFIG_MAX_BYTES (256 * 1024)
#define PK_CONFIG_ERRORS_MAX 100 // that are shown; the rest is counted

/**
 * pk_config_read - settings out of the text of a configuration file
 * @name: of the file, for messages
 * @out: gets a line "NAME:LINE: ..." for each error
 *
 * Everything is read to the end; returns the number of errors. What was right has been taken over
 * into @options all the same.
 */
unsigned int pk_config_read(const char *text, size_t size, const char *name,
	struct pk_options *options, FILE *out);

/**
 * pk_config_load - the same for a file
 * @path: NULL: the user's, else the system's, else none, which is no error
 *
 * Sets @options->config_path. A file that is no regular one or too large is an error; one that
 * was not named on the command line must also be root's alone when root reads it.
 */
unsigned int pk_config_load(const char *path, struct pk_options *options, FILE *out);

// All settings as a configuration file; those that are as they would be without it behind a #.
void pk_config_print(const struct pk_options *options, FILE *out);

#endif
