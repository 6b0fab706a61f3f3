/* SPDX-License-Identifier: MIT
 * A program with the command line of a node and the two processes of its single file, without a network.
 *
 * Models, of the node: `check` and `run` refuse a bad configuration with 78; `run` holds a lock, writes
 * the pid of the inner process, reads the configuration again on HUP, ends once with 0 however often it gets TERM; `run`
 * and `cleanup` remove what others have unpacked in $TMPDIR.
 * Of PyInstaller's loader: it unpacks into $TMPDIR/_MEI*, passes HUP and TERM on, takes the directory away when the
 * inner process has ended, and ends as that did. Killed itself, it leaves both; the inner process notices.
 * Everything is told in JOURNAL, a line each. A configuration is good when a line of it is "[identity]". */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOURNAL "/journal"
#define BAD_CONFIG 78
#define BUSY 75

static const char *config, *pidfile, *out;
static volatile sig_atomic_t inner, terms, hups;

static void tell(const char *event, long number)
{
	char line[128];
	int length = snprintf(line, sizeof line, "%s %ld\n", event, number);
	int fd = open(JOURNAL, O_WRONLY | O_APPEND);

	if (fd < 0 || write(fd, line, (size_t)length) != length)
		_exit(70);
	close(fd);
}

static int judge(void)
{
	char line[256];
	FILE *file = config ? fopen(config, "r") : NULL;
	int good = 0;

	while (file && !good && fgets(line, sizeof line, file))
		good = !strcmp(line, "[identity]\n");
	if (file)
		fclose(file);
	if (!good)
		fprintf(stderr, "everleaf: %s: identity: is missing\n", config);
	return good ? 0 : BAD_CONFIG;
}

/* The real one locks a file beside the key. */
static int lock(void)
{
	int fd = open(JOURNAL, O_RDWR | O_CLOEXEC);

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	fprintf(stderr, "everleaf: another one runs\n");
	return BUSY;
}

static void write_pid(void)
{
	char aside[256];
	FILE *file;

	snprintf(aside, sizeof aside, "%s.new", pidfile);
	file = fopen(aside, "w");
	if (!file || fprintf(file, "%ld\n", (long)getpid()) < 0 || fclose(file) || rename(aside, pidfile)) {
		fprintf(stderr, "everleaf: cannot write %s: %s\n", pidfile, strerror(errno));
		_exit(73);
	}
}

static void count(int number)
{
	if (number == SIGHUP)
		hups++;
	else
		terms++;
}

static void remove_unpacked(const char *mine)
{
	glob_t found;
	char pattern[256];

	snprintf(pattern, sizeof pattern, "%s/_MEI*", getenv("TMPDIR") ? getenv("TMPDIR") : "/nowhere");
	if (!glob(pattern, 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (strcmp(found.gl_pathv[i], mine))
				rmdir(found.gl_pathv[i]);
}

static int node(const char *mine)
{
	struct sigaction action = {.sa_handler = count};
	int status = judge();
	sigset_t none, all;

	if (status || (status = lock()))
		return status;
	sigfillset(&all);
	sigemptyset(&none);
	sigprocmask(SIG_BLOCK, &all, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	remove_unpacked(mine);
	write_pid();
	tell("run", getuid());
	fprintf(stderr, "everleaf: running\n");
	for (int seen = 0; !terms; sigsuspend(&none)) {
		if (hups == seen)
			continue;
		seen = hups;
		tell(judge() ? "refused" : "reloaded", hups);
	}
	usleep(100000); /* in which a second TERM can come */
	sigprocmask(SIG_SETMASK, &none, NULL);
	unlink(pidfile);
	tell("stopped", terms);
	return 0;
}

static void pass(int number)
{
	kill(inner, number);
}

static int loader(void)
{
	struct sigaction action = {.sa_handler = pass};
	char unpacked[256];
	int status;

	snprintf(unpacked, sizeof unpacked, "%s/_MEIXXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(unpacked)) {
		fprintf(stderr, "everleaf: cannot unpack into %s: %s\n", unpacked, strerror(errno));
		return 255;
	}
	inner = fork();
	if (!inner) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		_exit(node(unpacked));
	}
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	while (waitpid(inner, &status, 0) < 0 && errno == EINTR)
		;
	rmdir(unpacked);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int cleanup(void)
{
	int status = lock();

	if (status)
		return status;
	remove_unpacked("");
	tell("cleanup", getuid());
	return 0;
}

static int keygen(void)
{
	int fd = open(out, O_WRONLY | O_CREAT | O_EXCL, 0600);

	return fd < 0 || write(fd, "secret\n", 7) != 7 ? 73 : 0;
}

int main(int argc, char **argv)
{
	for (int i = 2; i + 1 < argc; i++) {
		if (!strcmp(argv[i], "--config"))
			config = argv[i + 1];
		else if (!strcmp(argv[i], "--pidfile"))
			pidfile = argv[i + 1];
		else if (!strcmp(argv[i], "--out"))
			out = argv[i + 1];
	}
	umask(022);
	if (argc > 1 && !strcmp(argv[1], "run"))
		return loader();
	if (argc > 1 && !strcmp(argv[1], "check"))
		return judge();
	if (argc > 1 && !strcmp(argv[1], "cleanup"))
		return cleanup();
	return argc > 1 && !strcmp(argv[1], "keygen") ? keygen() : 64;
}
