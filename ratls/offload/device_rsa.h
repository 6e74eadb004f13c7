/* device_rsa.h - what the device is asked of RSA keys. Not for other rooms. */
#ifndef RT_DEVICE_RSA_H
#define RT_DEVICE_RSA_H

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/cryptocb.h>

#include "libcrypto.h"

/* in ^ e or in ^ d; padding is done before and after. */
enum rt_offload rt_device_rsa(const wc_CryptoInfo *info);

#endif
