/* SPDX-License-Identifier: MIT
 * tls: both ends in one thread, a full socket between them; and what the certificate says. */
#include "tls.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "tls_certificate.h"

struct ends {
	struct identity id;
	struct tls_context *context;
	struct tls *client, *server;
	int fd[2];
};

static void identity_make(struct identity *id)
{
	uint8_t seed[KEY_BYTES] = {1, 2, 3};

	CHECK(crypto_start() == 0);
	identity_from_seed(id, seed);
}

static void socket_ends(int fd[2])
{
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	for (int i = 0; i < 2; i++)
		CHECK(fcntl(fd[i], F_SETFL, O_NONBLOCK) == 0);
}

static void ends_open(struct ends *e)
{
	int one = -EAGAIN, two = -EAGAIN;

	identity_make(&e->id);
	CHECK(tls_context_new(&e->context, &e->id) == 0);
	socket_ends(e->fd);
	CHECK(tls_new(&e->client, e->context, e->fd[0], false, "node.example") == 0);
	CHECK(tls_new(&e->server, e->context, e->fd[1], true, NULL) == 0);
	while (one || two) {
		one = one ? tls_handshake(e->client) : 0;
		two = two ? tls_handshake(e->server) : 0;
		CHECK(one == 0 || one == -EAGAIN);
		CHECK(two == 0 || two == -EAGAIN);
	}
}

static void ends_close(struct ends *e)
{
	tls_free(e->client);
	tls_free(e->server);
	tls_context_free(e->context);
	close(e->fd[0]);
	close(e->fd[1]);
}

static void test_each_side_sees_the_certificate_it_should(void)
{
	uint8_t key[KEY_BYTES];
	struct ends e;

	ends_open(&e);
	CHECK(tls_peer_key(key, e.client) && memcmp(key, e.id.public, KEY_BYTES) == 0);
	CHECK(!tls_peer_key(key, e.server)); /* it did not ask */
	ends_close(&e);
}

/* Write all of `data` from one end while the other reads, in pieces that the socket cuts as it likes. */
static void carry(struct tls *from, struct tls *to, const uint8_t *data, size_t len)
{
	uint8_t *got = malloc(len + TLS_READ_ROOM + 1);
	size_t sent = 0, received = 0;

	CHECK(got);
	while (received < len) {
		size_t piece = (size_t)check_below(len - sent + 1), half = piece / 3;
		struct iovec parts[] = {{(void *)(data + sent), half}, {(void *)(data + sent + half), piece - half}};
		ssize_t n = tls_write(from, parts, 2);

		CHECK(n >= 0 && (size_t)n <= piece);
		sent += (size_t)n;
		CHECK((size_t)n == piece || tls_wants_write(from));
		n = tls_read(to, got + received, len - received + TLS_READ_ROOM);
		CHECK(n == -EAGAIN || n > 0);
		received += n > 0 ? (size_t)n : 0;
	}
	CHECK(received == len && tls_flush(from) == 0 && memcmp(got, data, len) == 0);
	free(got);
}

static void test_all_bytes_arrive_through_a_full_socket(void)
{
	enum { BYTES = 3 << 20 };
	uint8_t *data = malloc(BYTES);
	struct ends e;

	CHECK(data);
	check_fill(data, BYTES);
	ends_open(&e);
	for (int round = 0; round < 3; round++) {
		carry(e.client, e.server, data, BYTES);
		carry(e.server, e.client, data + round, BYTES - 3);
	}
	free(data);
	ends_close(&e);
}

static void test_small_room_never_hides_bytes(void)
{
	static uint8_t data[100000], got[TLS_READ_ROOM];
	struct iovec part = {data, sizeof data};
	size_t received = 0;
	struct ends e;

	ends_open(&e);
	CHECK(tls_write(e.client, &part, 1) == sizeof data);
	while (received < sizeof data) {
		uint8_t byte;
		ssize_t n = tls_read(e.server, got, sizeof got);

		CHECK(n > 0 || n == -EAGAIN);
		received += n > 0 ? (size_t)n : 0;
		if (recv(e.fd[1], &byte, 1, MSG_PEEK) < 0) /* the socket is empty: then nothing may be left inside */
			CHECK(received == sizeof data);
	}
	ends_close(&e);
}

static void test_the_end_and_nonsense_are_told_apart(void)
{
	uint8_t got[TLS_READ_ROOM];
	struct ends e;

	ends_open(&e);
	CHECK(tls_read(e.client, got, sizeof got) == -EAGAIN);
	CHECK(shutdown(e.fd[1], SHUT_WR) == 0);
	CHECK(tls_read(e.client, got, sizeof got) == 0);
	CHECK(write(e.fd[0], "nonsense that is no record", 26) == 26);
	CHECK(tls_read(e.server, got, sizeof got) == -EPROTO && strncmp(tls_reason(e.server), "TLS: ", 5) == 0);
	ends_close(&e);
}

static void test_listener_refuses_tls_1_2(void)
{
	SSL_CTX *old = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(old);
	struct tls_context *context;
	struct identity id;
	struct tls *server;
	int fd[2];

	identity_make(&id);
	socket_ends(fd);
	CHECK(tls_context_new(&context, &id) == 0 && tls_new(&server, context, fd[1], true, NULL) == 0);
	CHECK(SSL_set_max_proto_version(ssl, TLS1_2_VERSION) == 1 && SSL_set_fd(ssl, fd[0]) == 1);
	CHECK(SSL_connect(ssl) <= 0);
	CHECK(tls_handshake(server) == -EPROTO && strstr(tls_reason(server), "protocol"));
	tls_free(server);
	tls_context_free(context);
	SSL_free(ssl);
	SSL_CTX_free(old);
	close(fd[0]);
	close(fd[1]);
}

static void test_certificate_has_the_fields_of_the_network(void)
{
	struct tls_certificate c;
	char subject[200], issuer[200], want[8 + 2 * KEY_BYTES] = "/CN=";
	struct identity id;

	identity_make(&id);
	CHECK(tls_certificate_make(&c, &id) == 0);
	for (size_t i = 0; i < KEY_BYTES; i++)
		snprintf(want + 4 + 2 * i, 3, "%02x", id.public[i]);
	X509_NAME_oneline(X509_get_subject_name(c.certificate), subject, sizeof subject);
	X509_NAME_oneline(X509_get_issuer_name(c.certificate), issuer, sizeof issuer);
	CHECK(strcmp(subject, want) == 0 && strcmp(issuer, want) == 0);
	CHECK(X509_get_version(c.certificate) == X509_VERSION_3);
	CHECK(ASN1_INTEGER_get(X509_get0_serialNumber(c.certificate)) == 1);
	CHECK(strcmp((const char *)ASN1_STRING_get0_data(X509_get0_notAfter(c.certificate)), "99991231235959Z") == 0);
	CHECK(X509_get_key_usage(c.certificate) == (KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT));
	CHECK(X509_get_extended_key_usage(c.certificate) == XKU_SSL_SERVER);
	CHECK(X509_get_ext_count(c.certificate) == 3 && X509_check_ca(c.certificate) == 0);
	CHECK(X509_verify(c.certificate, c.key) == 1);
	tls_certificate_free(&c);
}

int main(void)
{
	test_each_side_sees_the_certificate_it_should();
	test_all_bytes_arrive_through_a_full_socket();
	test_small_room_never_hides_bytes();
	test_the_end_and_nonsense_are_told_apart();
	test_listener_refuses_tls_1_2();
	test_certificate_has_the_fields_of_the_network();
	return 0;
}
