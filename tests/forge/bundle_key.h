/* bundle_key.h - the key pair that seeds of bundles are signed with: known to all, worth nothing.
 */
#ifndef BUNDLE_KEY_H
#define BUNDLE_KEY_H

#define BUNDLE_PRIVATE_KEY                                                                         \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "MHcCAQEEID3dr6ZXfeKmBTzEHj3UC64xThQWdsan8pnhdnvzJ05KoAoGCCqGSM49\n"                           \
    "AwEHoUQDQgAEWtwDY/a6wOkTxyrKiW3FNK/J1DLLERxTkd5yxqbB7TsKoEQbu1dp\n"                           \
    "oNaoO+44eqyA9vDc2DoFAv9RQwpeQKNhtg==\n"                                                       \
    "-----END EC PRIVATE KEY-----\n"
#define BUNDLE_PUBLIC_KEY                                                                          \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWtwDY/a6wOkTxyrKiW3FNK/J1DLL\n"                           \
    "ERxTkd5yxqbB7TsKoEQbu1dpoNaoO+44eqyA9vDc2DoFAv9RQwpeQKNhtg==\n"                               \
    "-----END PUBLIC KEY-----\n"

#endif
