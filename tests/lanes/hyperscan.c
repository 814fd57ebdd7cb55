/* A lane of the benchmark: Hyperscan, natively. `hyperscan LIBRARY som|ends PATTERNS`, then the
 * commands of the native lane on stdin. `som` asks for the start of each match, `ends` does not.
 * A program of its own, so that nothing of ours is linked with it; its functions are declared here,
 * so that only the library itself has to be there. Never prints text that was found. */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATTERNS_MAX 4096
#define FLAG_SOM_LEFTMOST 256u
#define MODE_BLOCK 1u

typedef struct {
    char *message;
    int expression;
} compile_error;

typedef int (*on_match)(unsigned, unsigned long long, unsigned long long, unsigned, void *);
typedef int (*compile_multi)(const char *const *, const unsigned *, const unsigned *, unsigned,
                             unsigned, const void *, void **, compile_error **);
typedef int (*free_error)(compile_error *);
typedef int (*free_database)(void *);
typedef int (*alloc_scratch)(const void *, void **);
typedef int (*scan_block)(const void *, const char *, unsigned, unsigned, void *, on_match, void *);

typedef struct {
    unsigned long long start, end;
    unsigned by;
} span;

static span *spans;
static size_t span_count, span_room;

static void fail(const char *what) {
    fprintf(stderr, "error: %s\n", what);
    exit(1);
}

static void *need(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (!found) fail(name);
    return found;
}

static int matched(unsigned by, unsigned long long start, unsigned long long end, unsigned flags,
                   void *context) {
    (void)flags;
    (void)context;
    if (span_count == span_room) {
        span_room = span_room ? span_room * 2 : 1024;
        spans = realloc(spans, span_room * sizeof *spans);
        if (!spans) fail("no memory");
    }
    spans[span_count++] = (span){start, end, by};
    return 0;
}

static char *read_all(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(*length + 1);
    if (!text || fread(text, 1, *length, file) != *length) fail(path);
    text[*length] = 0;
    fclose(file);
    return text;
}

/* What this program has computed, so that it is no matter what else the machine does. */
static long long computed(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* Splits the patterns, and leaves out what the library refuses by itself. */
static unsigned usable(void *library, char *text, unsigned flag, char **patterns, unsigned *flags,
                       unsigned *ids, unsigned *left_out) {
    compile_multi compile = (compile_multi)need(library, "hs_compile_multi");
    free_error forget = (free_error)need(library, "hs_free_compile_error");
    free_database release = (free_database)need(library, "hs_free_database");
    unsigned count = 0, line = 0;
    for (char *at = strtok(text, "\n"); at && line < PATTERNS_MAX; at = strtok(NULL, "\n")) {
        compile_error *error = NULL;
        void *database = NULL;
        patterns[count] = at;
        flags[count] = flag;
        ids[count] = line++;
        const char *const one = at;
        if (compile(&one, &flags[count], &ids[count], 1, MODE_BLOCK, NULL, &database, &error)) {
            *left_out += 1;
            if (error) forget(error);
        } else {
            count += 1;
            release(database);
        }
    }
    return count;
}

static void write_spans(const char *path) {
    FILE *file = fopen(path, "w");
    if (!file) fail(path);
    for (size_t n = 0; n < span_count; n++)
        fprintf(file, "%llu %llu %u\n", spans[n].start, spans[n].end, spans[n].by);
    fclose(file);
}

int main(int count, char **arguments) {
    if (count != 4) fail("usage: hyperscan LIBRARY som|ends PATTERNS");
    void *library = dlopen(arguments[1], RTLD_NOW);
    if (!library) fail(dlerror());
    unsigned flag = strcmp(arguments[2], "som") == 0 ? FLAG_SOM_LEFTMOST : 0;
    size_t length = 0;
    static char *patterns[PATTERNS_MAX];
    static unsigned flags[PATTERNS_MAX], ids[PATTERNS_MAX];
    unsigned left_out = 0;
    char *list = read_all(arguments[3], &length);
    unsigned used = usable(library, list, flag, patterns, flags, ids, &left_out);
    void *database = NULL, *scratch = NULL;
    compile_error *error = NULL;
    compile_multi compile = (compile_multi)need(library, "hs_compile_multi");
    const char *const *list_used = (const char *const *)patterns;
    if (compile(list_used, flags, ids, used, MODE_BLOCK, NULL, &database, &error))
        fail(error ? error->message : "the patterns do not compile together");
    if (((alloc_scratch)need(library, "hs_alloc_scratch"))(database, &scratch)) fail("no scratch");
    scan_block scan = (scan_block)need(library, "hs_scan");
    printf("ready %u %u\n", used, left_out);
    fflush(stdout);
    char *text = NULL;
    char line[8192], path[4096];
    size_t bytes = 0;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "text %4095s %zu", path, &bytes) == 2) {
            free(text);
            text = read_all(path, &length);
            if (bytes < length) length = bytes;
            puts("ok");
        } else if (strncmp(line, "scan", 4) == 0) {
            span_count = 0;
            long long begun = computed();
            if (scan(database, text, (unsigned)length, 0, scratch, matched, NULL)) fail("hs_scan");
            printf("%lld %zu 0\n", computed() - begun, span_count);
        } else if (sscanf(line, "spans %4095s", path) == 1) {
            write_spans(path);
            puts("ok");
        } else {
            fail("not a command");
        }
        fflush(stdout);
    }
    return 0;
}
