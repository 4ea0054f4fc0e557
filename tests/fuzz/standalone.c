// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fuzz target without libFuzzer: replays its seeds and given files, cuts and mutates them with a
 * generator of fixed start value, so that a plain gcc build fuzzes a little in every test run and a
 * finding comes back with the same numbers.
 *
 * fuzz-NAME-smoke [--runs N] [--seconds N] [--start N] [--write-seeds DIR] [FILE|DIR…]
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define HANG_SECONDS 20
#define MAX_SEEDS 512

struct seed {
	uint8_t *bytes; // owned
	size_t size;
};

static struct seed seeds[MAX_SEEDS];
static unsigned int seed_count;
static uint64_t runs;

// The input of this moment, for whoever looks at a finding.
static uint8_t current[FUZZ_MAX_INPUT];
static size_t current_size;

static void save_finding(void) {
	static const char name[] = "fuzz-finding.bin";
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd >= 0 && write(fd, current, current_size) == (ssize_t)current_size) {
		static const char text[] = "the input is in fuzz-finding.bin\n";
		ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);
		(void)ignored;
	}
}

static void handle_signal(int signal_number) {
	signal(signal_number, SIG_DFL);
	save_finding();
	raise(signal_number);
}

// AddressSanitizer ends the program by itself; it is asked by name because it may not be there.
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

// libFuzzer's own hook; targets that need it have it.
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t next_random(void) {
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void run_one(const uint8_t *bytes, size_t size) {
	// A block of exactly this size: a read beyond its end is one beyond an allocation.
	uint8_t *copy = malloc(size != 0 ? size : 1);
	if (copy == NULL) {
		abort();
	}
	memcpy(copy, bytes, size);
	if (bytes != current) {
		memcpy(current, bytes, size);
	}
	current_size = size;
	alarm(HANG_SECONDS);
	LLVMFuzzerTestOneInput(copy, size);
	alarm(0);
	free(copy);
	runs++;
}

static void add_seed(const uint8_t *bytes, size_t size) {
	if (seed_count == MAX_SEEDS || size > FUZZ_MAX_INPUT) {
		return;
	}
	uint8_t *copy = malloc(size != 0 ? size : 1);
	if (copy == NULL) {
		abort();
	}
	memcpy(copy, bytes, size);
	seeds[seed_count++] = (struct seed){ .bytes = copy, .size = size };
}

static void add_path(const char *path) {
	struct stat st;
	if (stat(path, &st) != 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	if (S_ISDIR(st.st_mode)) {
		DIR *dir = opendir(path);
		for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
			char inner[4096];
			if (entry->d_name[0] != '.' &&
				snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name) <
					(int)sizeof(inner)) {
				add_path(inner);
			}
		}
		if (dir != NULL) {
			closedir(dir);
		}
		return;
	}
	static uint8_t bytes[FUZZ_MAX_INPUT];
	FILE *file = fopen(path, "rb");
	size_t size = file != NULL ? fread(bytes, 1, sizeof(bytes), file) : 0;
	if (file == NULL || ferror(file)) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(2);
	}
	fclose(file);
	add_seed(bytes, size);
}

static void write_seeds(const char *folder) {
	for (unsigned int i = 0; i < seed_count; i++) {
		char path[4096];
		if (snprintf(path, sizeof(path), "%s/seed-%03u", folder, i) >= (int)sizeof(path)) {
			exit(2);
		}
		FILE *file = fopen(path, "wb");
		if (file == NULL ||
			fwrite(seeds[i].bytes, 1, seeds[i].size, file) != seeds[i].size ||
			fclose(file) != 0) {
			fprintf(stderr, "%s: %s\n", path, strerror(errno));
			exit(2);
		}
	}
}

static void mutate(void) {
	static const uint32_t edges[] = { 0, 1, 2, 4, 0x7f, 0x80, 0xff, 0xfff, 0x1000, 0x1001,
		0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
	const struct seed *seed = &seeds[next_random() % seed_count];
	memcpy(current, seed->bytes, seed->size);
	current_size = seed->size;
	for (uint64_t n = 1 + next_random() % 6; n > 0 && current_size > 0; n--) {
		size_t at = (size_t)(next_random() % current_size);
		switch (next_random() % 7) {
		case 0:
			current[at] ^= (uint8_t)(1u << (next_random() % 8));
			break;
		case 1:
			current[at] = (uint8_t)next_random();
			break;
		case 2: {
			uint32_t edge = edges[next_random() % (sizeof(edges) / sizeof(edges[0]))];
			size_t room = current_size - at < 4 ? current_size - at : 4;
			memcpy(&current[at], &edge, room);
			break;
		}
		case 3: // a little more or less
			current[at] = (uint8_t)(current[at] + next_random() % 9 - 4);
			break;
		case 4: // take out
			if (current_size - at > 8) {
				size_t gone = 1 + (size_t)(next_random() % 8);
				memmove(&current[at], &current[at + gone],
					current_size - at - gone);
				current_size -= gone;
			}
			break;
		case 5: // the rest of another seed
		{
			const struct seed *other = &seeds[next_random() % seed_count];
			if (other->size > 0) {
				size_t from = (size_t)(next_random() % other->size);
				size_t size = other->size - from;
				if (size > sizeof(current) - at) {
					size = sizeof(current) - at;
				}
				memcpy(&current[at], &other->bytes[from], size);
				current_size = at + size;
			}
			break;
		}
		default: // cut
			if (next_random() % 4 == 0) {
				current_size = at;
			}
		}
	}
}

static double seconds_now(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
	static const struct option options[] = {
		{ "runs", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 's' },
		{ "start", required_argument, NULL, 'n' },
		{ "write-seeds", required_argument, NULL, 'w' },
		{ 0 },
	};
	uint64_t wanted = 5000;
	double limit = 10;
	const char *folder = NULL;
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (option) {
		case 'r':
			wanted = strtoull(optarg, NULL, 0);
			break;
		case 's':
			limit = strtod(optarg, NULL);
			break;
		case 'n':
			random_state ^= strtoull(optarg, NULL, 0) * 0x2545f4914f6cdd1d;
			break;
		case 'w':
			folder = optarg;
			break;
		default:
			return 2;
		}
	}
	for (unsigned int i = 0; i < MAX_SEEDS; i++) {
		static uint8_t bytes[FUZZ_MAX_INPUT];
		size_t size = fuzz_seed(i, bytes);
		if (size == 0) {
			break;
		}
		add_seed(bytes, size);
	}
	if (folder != NULL) {
		write_seeds(folder);
		return 0;
	}
	for (int i = optind; i < argc; i++) {
		add_path(argv[i]);
	}
	if (seed_count == 0) {
		fprintf(stderr, "no seeds: nothing would be tested\n");
		return 1;
	}

	if (LLVMFuzzerInitialize != NULL) {
		LLVMFuzzerInitialize(&argc, &argv);
	}
	for (size_t i = 0; i < 5; i++) {
		static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM };
		signal(fatal[i], handle_signal);
	}
	if (__sanitizer_set_death_callback != NULL) {
		__sanitizer_set_death_callback(save_finding);
	}
	double end = seconds_now() + limit;
	for (unsigned int i = 0; i < seed_count; i++) {
		run_one(seeds[i].bytes, seeds[i].size);
	}
	// Every beginning of a short seed, some of a long one.
	for (unsigned int i = 0; i < seed_count && seconds_now() < end; i++) {
		size_t step = 1 + seeds[i].size / 64;
		for (size_t size = 0; size < seeds[i].size; size += step) {
			run_one(seeds[i].bytes, size);
		}
	}
	for (uint64_t i = 0; i < wanted && seconds_now() < end; i++) {
		mutate();
		run_one(current, current_size);
	}
	printf("%u seeds, %" PRIu64 " runs\n", seed_count, runs);
	for (unsigned int i = 0; i < seed_count; i++) {
		free(seeds[i].bytes);
	}
	return 0;
}
