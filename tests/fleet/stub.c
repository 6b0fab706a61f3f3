/* A program of a Windows that has none: it asks the test what to print, and how to end. Of every name it is called by. */

#include <stdio.h>
#include <stdlib.h>
#include <winsock2.h>

static void say(SOCKET to, const char *words)
{
	send(to, words, (int)strlen(words) + 1, 0);
}

int main(int count, char **words)
{
	char self[MAX_PATH], data[4096];
	struct sockaddr_in test = {.sin_family = AF_INET};
	WSADATA started;
	int status = 0, length;

	WSAStartup(MAKEWORD(2, 2), &started);
	test.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	test.sin_port = htons((unsigned short)atoi(getenv("EVERLEAF_TEST_PORT")));
	SOCKET to = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(to, (struct sockaddr *)&test, sizeof test))
		return 99;
	GetModuleFileNameA(NULL, self, sizeof self);
	say(to, self);
	for (int i = 1; i < count; i++)
		say(to, words[i]);
	shutdown(to, SD_SEND);
	if (recv(to, data, 1, 0) == 1)
		status = (unsigned char)data[0];
	while ((length = recv(to, data, sizeof data, 0)) > 0)
		fwrite(data, 1, (size_t)length, stdout);
	fflush(stdout);
	return status;
}
