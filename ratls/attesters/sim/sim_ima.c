#include "sim_ima.h"

#include <stdio.h>

#define SHA1_LEN  20
#define ALGORITHM "sha256:"

static const uint8_t zeros[RT_SHA256_LEN];

static const char *template_of(const struct rt_sim_ima_entry *e)
{
    return e->signature.p ? "ima-sig" : "ima-ng";
}

static void put_template_data(struct rt_writer *w, const struct rt_sim_ima_entry *e,
                              const uint8_t digest[RT_SHA256_LEN])
{
    rt_put_u32le(w, sizeof ALGORITHM + RT_SHA256_LEN);
    rt_put(w, ALGORITHM, sizeof ALGORITHM); /* with its NUL */
    rt_put(w, digest, RT_SHA256_LEN);
    rt_put_u32le(w, (uint32_t)strlen(e->path) + 1);
    rt_put(w, e->path, strlen(e->path) + 1);
    if (!e->signature.p)
        return;
    rt_put_u32le(w, (uint32_t)e->signature.len);
    rt_put_bytes(w, e->signature);
}

static void put_text(struct rt_writer *w, const char *text)
{
    rt_put(w, text, strlen(text));
}

static void put_hex(struct rt_writer *w, struct ratls_bytes bytes)
{
    char two[3];

    for (size_t i = 0; i < bytes.len; i++) {
        rt_hex(ratls_bytes(bytes.p + i, 1), two);
        put_text(w, two);
    }
}

struct measured {
    const struct rt_sim_ima_entry *entry;
    uint8_t digest[RT_SHA256_LEN];          /* of the file */
    uint8_t template_digest[RT_SHA256_LEN]; /* what extends */
    struct rt_writer data;
};

static void put_binary(struct rt_writer *w, unsigned index, const struct measured *m)
{
    const char *name = template_of(m->entry);

    rt_put_u32le(w, index);
    rt_put(w, m->entry->violation ? zeros : m->template_digest, SHA1_LEN);
    rt_put_u32le(w, (uint32_t)strlen(name));
    put_text(w, name);
    rt_put_u32le(w, (uint32_t)m->data.len);
    rt_put_bytes(w, rt_written(&m->data));
}

static void put_ascii(struct rt_writer *w, unsigned index, const struct measured *m)
{
    char number[16];

    (void)snprintf(number, sizeof number, "%2u ", index);
    put_text(w, number);
    put_hex(w, ratls_bytes(m->entry->violation ? zeros : m->template_digest, SHA1_LEN));
    put_text(w, " ");
    put_text(w, template_of(m->entry));
    put_text(w, " " ALGORITHM);
    put_hex(w, ratls_bytes(m->digest, sizeof m->digest));
    put_text(w, " ");
    put_text(w, m->entry->path);
    if (m->entry->signature.p) {
        put_text(w, " ");
        put_hex(w, m->entry->signature);
    }
    put_text(w, "\n");
}

/* Digest of the file (zeros of a violation), template data, and what extends. */
static enum ratls_err measure(struct measured *m)
{
    enum ratls_err e = RATLS_OK;

    if (!m->entry->violation)
        e = rt_sha256(m->entry->content, m->digest);
    if (e)
        return e;
    put_template_data(&m->data, m->entry, m->digest);
    if (m->data.bad)
        return RATLS_E_NO_MEMORY;
    if (!m->entry->violation)
        return rt_sha256(rt_written(&m->data), m->template_digest);
    memset(m->template_digest, 0xff, sizeof m->template_digest);
    return RATLS_OK;
}

static enum ratls_err add_entry(const struct rt_sim_ima *list, const struct rt_sim_ima_entry *entry,
                                struct rt_writer *w, uint8_t value[RT_SHA256_LEN])
{
    struct measured m = {.entry = entry};
    uint8_t joined[2 * RT_SHA256_LEN];
    enum ratls_err e = measure(&m);

    if (e == RATLS_OK) {
        if (list->form == RT_SIM_IMA_BINARY)
            put_binary(w, list->index, &m);
        else
            put_ascii(w, list->index, &m);
        memcpy(joined, value, RT_SHA256_LEN);
        memcpy(joined + RT_SHA256_LEN, m.template_digest, RT_SHA256_LEN);
        e = rt_sha256(ratls_bytes(joined, sizeof joined), value);
    }
    rt_writer_free(&m.data);
    return e;
}

enum ratls_err rt_sim_ima(const struct rt_sim_ima *list, struct ratls_buffer *out,
                          uint8_t value[RT_SHA256_LEN])
{
    struct rt_writer w = {0};
    enum ratls_err e = RATLS_OK;

    *out = (struct ratls_buffer){0};
    memset(value, 0, RT_SHA256_LEN);
    for (size_t i = 0; i < list->n && e == RATLS_OK; i++)
        e = add_entry(list, &list->entries[i], &w, value);
    if (e == RATLS_OK)
        e = rt_writer_take(&w, out);
    rt_writer_free(&w);
    return e;
}

#define TEXT(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define NONE                                                                                       \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

enum ratls_err rt_sim_ima_usual(unsigned index, enum rt_sim_ima_form form, struct ratls_buffer *out,
                                uint8_t value[RT_SHA256_LEN])
{
    static const struct rt_sim_ima_entry usual[] = {
        {"boot_aggregate", TEXT("registers of the simulated guest"), NONE, false},
        {"/usr/lib/systemd/systemd", TEXT("systemd of the guest"), NONE, false},
        {"/usr/bin/bash", TEXT("bash of the guest"), NONE, false},
        {"/usr/lib64/libc.so.6", TEXT("libc of the guest"), NONE, false},
        {"/usr/bin/ratls-proxy", TEXT("proxy of the guest"), TEXT("\3\2\4signature"), false},
        {"/etc/rc.d/rc.local", TEXT("#!/bin/bash"), NONE, false},
    };
    const struct rt_sim_ima list = {index, form, usual, RT_COUNT(usual)};

    return rt_sim_ima(&list, out, value);
}
