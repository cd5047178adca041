/**
 * A self-signed certificate for `localhost`, for tests of TLS. Made once, valid for a hundred years, trusted by nobody; here so that the tests
 * need no program to make one.
 */
export const localhostCertificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3LQ88oo9I4r05Q1R
QaQZDkAJDqqMhzZUek1fYgHn7qyhRANCAARjxFX7F0rhhSIlyNASrS5jnvYS6syJ
034nC6f9GKtXFMDpWwJVlqj97OcbuZaH/bKjEWLgKOhu/PZNkKjVsDjq
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUFpFLdSZKgS2QepypBC+tiXROQBkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTA2MDEyNVoYDzIxMjYxMTAx
MDYwMTI1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARjxFX7F0rhhSIlyNASrS5jnvYS6syJ034nC6f9GKtXFMDpWwJVlqj9
7OcbuZaH/bKjEWLgKOhu/PZNkKjVsDjqo2kwZzAdBgNVHQ4EFgQU+xFtv9UrJ2Y2
gnb4NxZIWHGF6oYwHwYDVR0jBBgwFoAU+xFtv9UrJ2Y2gnb4NxZIWHGF6oYwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIhAOs/VUcFnN07Qx3a/NCBax3cpwCxn2kN2vhNgIbxACBtAiAzlfp3S2Nh
sHOnrPPn+TOPpDyxI7hpC3amHY6z7Bt8Cg==
-----END CERTIFICATE-----
`,
};
