/* SPDX-License-Identifier: MIT
 * An X.509 v3 certificate with the fields the network's other programs show. */
#include "tls_certificate.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

static bool set_name(X509 *x, const struct identity *id)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * KEY_BYTES + 1] = "";
	X509_NAME *name = X509_get_subject_name(x);

	for (size_t i = 0; i < KEY_BYTES; i++) {
		hex[2 * i] = digits[id->public[i] >> 4];
		hex[2 * i + 1] = digits[id->public[i] & 15];
	}
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)hex, -1, -1, 0) &&
	       X509_set_issuer_name(x, name);
}

static bool add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	bool added = e && X509_add_ext(x, e, -1);

	X509_EXTENSION_free(e);
	return added;
}

static bool fill(const struct tls_certificate *c, const struct identity *id)
{
	X509 *x = c->certificate;

	return X509_set_version(x, X509_VERSION_3) && ASN1_INTEGER_set(X509_get_serialNumber(x), 1) &&
	       X509_gmtime_adj(X509_getm_notBefore(x), 0) &&
	       ASN1_TIME_set_string(X509_getm_notAfter(x), "99991231235959Z") && set_name(x, id) &&
	       add_extension(x, NID_key_usage, "critical,digitalSignature,keyEncipherment") &&
	       add_extension(x, NID_ext_key_usage, "serverAuth") &&
	       add_extension(x, NID_basic_constraints, "critical,CA:FALSE") && X509_set_pubkey(x, c->key) &&
	       X509_sign(x, c->key, NULL);
}

int tls_certificate_make(struct tls_certificate *out, const struct identity *id)
{
	out->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, id->seed, KEY_BYTES);
	out->certificate = X509_new();
	if (out->key && out->certificate && fill(out, id))
		return 0;
	ERR_clear_error();
	tls_certificate_free(out);
	return -EIO;
}

void tls_certificate_free(struct tls_certificate *c)
{
	X509_free(c->certificate);
	EVP_PKEY_free(c->key);
	*c = (struct tls_certificate){0};
}
