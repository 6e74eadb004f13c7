#include "snp_evidence.h"

#include "cert_table.h"
#include "cert_text.h"
#include "oid.h"
#include "x509.h"

#define REPORT_DATA_AT 0x50 /* AMD 56860 1.58, table 23 */

/* ---- certificates of a file ---- */

struct own_certs {
    struct ratls_buffer der[RT_CERT_KINDS];
};

/* AMD 57230 ("VCEK Certificate and KDS Interface Specification") 1.00, tables 5 to 7. The ASVK
 * ("SEV-VLEK-Milan") has the GUID of the ASK. */
static bool kind_of(struct ratls_bytes common_name, enum rt_cert_kind *kind)
{
    static const struct {
        const char *name;
        bool whole;
        enum rt_cert_kind kind;
    } names[] = {
        {"SEV-VCEK", true, RT_CERT_VCEK},
        {"SEV-VLEK", true, RT_CERT_VLEK},
        {"SEV-", false, RT_CERT_ASK},
        {"ARK-", false, RT_CERT_ARK},
    };

    for (size_t i = 0; i < RT_COUNT(names); i++) {
        *kind = names[i].kind;
        if (names[i].whole ? ratls_bytes_equal(common_name, ratls_bytes_str(names[i].name))
                           : rt_starts_with(common_name, names[i].name))
            return true;
    }
    return false;
}

static enum ratls_err take_cert(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct own_certs *own = arg;
    enum rt_cert_kind kind = RT_CERT_VCEK;
    char name[128];
    struct rt_x509 cert;
    enum ratls_err e = rt_x509_parse(der, &cert, err);

    if (e)
        return e;
    rt_x509_name_text(cert.subject, name, sizeof name);
    if (!kind_of(rt_x509_name_attr(cert.subject, RT_OID(CN)), &kind))
        return ratls_fail(err, RATLS_E_CONFIG, "%s is no certificate of AMD's SEV keys", name);
    if (own->der[kind].p)
        return ratls_fail(err, RATLS_E_CONFIG, "a second certificate of the kind of %s", name);
    e = rt_dup(der, &own->der[kind]);
    return e ? ratls_fail(err, e, "certs") : RATLS_OK;
}

static enum ratls_err write_own(const struct own_certs *own, struct ratls_buffer *table)
{
    struct rt_cert_table entries = {0};
    struct rt_writer w = {0};

    for (size_t i = 0; i < RT_CERT_KINDS; i++)
        entries.cert[i] = rt_bytes_of(&own->der[i]);
    rt_cert_table_write(&entries, &w);
    return rt_writer_take(&w, table);
}

static bool has_vek(const struct rt_cert_table *t)
{
    return t->cert[RT_CERT_VCEK].len > 0 || t->cert[RT_CERT_VLEK].len > 0;
}

static enum ratls_err read_own(struct ratls_bytes file, struct ratls_buffer *table,
                               struct ratls_error *err)
{
    struct own_certs own = {0};
    enum ratls_err e = rt_each_cert(file, take_cert, &own, err);

    if (e == RATLS_OK && !own.der[RT_CERT_VCEK].p && !own.der[RT_CERT_VLEK].p)
        e = ratls_fail(err, RATLS_E_CONFIG, "neither a VCEK nor a VLEK");
    if (e == RATLS_OK)
        e = write_own(&own, table);
    for (size_t i = 0; i < RT_CERT_KINDS; i++)
        ratls_buffer_free(&own.der[i]);
    return e;
}

enum ratls_err rt_snp_own_table(const struct ratls_env *env, const char *path,
                                struct ratls_buffer *table, struct ratls_error *err)
{
    struct ratls_buffer file = {0};
    struct ratls_error why = {0};

    *table = (struct ratls_buffer){0};
    if (!path[0])
        return RATLS_OK;
    enum ratls_err e = env->read_file(env->arg, path, RT_MAX_FILE, &file);
    if (e)
        return ratls_fail(err, e, "certs: %s cannot be read", path);
    e = read_own(rt_bytes_of(&file), table, &why);
    ratls_buffer_free(&file);
    return e ? ratls_fail(err, e, "certs: %s: %s", path, why.detail) : RATLS_OK;
}

/* ---- evidence ---- */

static enum ratls_err check_report(const struct rt_snp_answer *a, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(a->report);

    rt_skip(&r, REPORT_DATA_AT);
    const uint8_t *found = rt_take(&r, RATLS_REPORT_DATA_LEN);
    if (r.bad || a->report.len != RT_SNP_REPORT_LEN)
        return ratls_fail(err, RATLS_E_ATTESTER, "a report of %zu bytes, not %d", a->report.len,
                          RT_SNP_REPORT_LEN);
    if (memcmp(found, a->report_data, RATLS_REPORT_DATA_LEN) != 0)
        return ratls_fail(err, RATLS_E_ATTESTER, "the report is over other report data");
    return RATLS_OK;
}

static enum ratls_err read_table(struct ratls_bytes table, struct rt_cert_table *out,
                                 struct ratls_error *err)
{
    struct ratls_error why = {0};

    *out = (struct rt_cert_table){0};
    if (table.len == 0 || rt_all_zero(table.p, table.len) ||
        rt_cert_table_read(table, out, &why) == RATLS_OK)
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_ATTESTER, "the host's %s", why.detail);
}

static bool is_empty(const struct rt_cert_table *t)
{
    size_t len = 0;

    for (size_t i = 0; i < RT_CERT_KINDS; i++)
        len += t->cert[i].len;
    return len == 0;
}

enum ratls_err rt_snp_evidence(const struct rt_snp_answer *answer, struct ratls_buffer *out,
                               struct ratls_error *err)
{
    struct rt_cert_table table;
    struct rt_writer w = {0};
    enum ratls_err e;

    *out = (struct ratls_buffer){0};
    if ((e = check_report(answer, err)) != RATLS_OK ||
        (e = read_table(answer->table, &table, err)) != RATLS_OK)
        return e;
    rt_put_bytes(&w, answer->report);
    if (answer->own_table.len > 0 && !has_vek(&table))
        rt_put_bytes(&w, answer->own_table);
    else if (!is_empty(&table))
        rt_cert_table_write(&table, &w);
    e = rt_writer_take(&w, out);
    return e ? ratls_fail(err, e, "evidence") : RATLS_OK;
}
