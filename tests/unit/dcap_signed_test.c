/* T122: what is signed is the text of one member, and nothing but this text is read. Unsigned
 * copies of it, wherever they stand, have no effect or are refused. */
#include "dcap_support.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static struct platform p;
static struct ratls_trust *t;

/* The platform's own status is OutOfDate; forged copies say UpToDate. */
static void setup(void)
{
    platform_make(&(const struct dcap_plan){.collateral.tcb_status = "OutOfDate",
                                            .collateral.qe_status = "OutOfDate"},
                  &p);
    t = dcap_trust(&p);
}

static void teardown(void)
{
    platform_free(&p);
    ratls_trust_unref(t);
}

TestSuite(dcap_signed, .init = setup, .fini = teardown, .timeout = 60);

/* A document taken apart: its value, a forged copy of it, its signature. New texts. */
struct parts {
    char *value, *forged, *signature;
};

static char *without_outdated(const char *text)
{
    char *out = strdup(text), *at;

    cr_assert(out && strstr(out, "\"OutOfDate\""));
    while ((at = strstr(out, "\"OutOfDate\"")) != NULL)
        memcpy(at, "\"UpToDate\" ", 11);
    return out;
}

static struct parts take_apart(const cJSON *file, const char *name)
{
    const char *text = cJSON_GetObjectItemCaseSensitive(file, name)->valuestring;
    const char *value = strchr(text, ':') + 1, *end = strstr(text, ",\"signature\":\"");
    struct parts out = {.value = strndup(value, (size_t)(end - value)),
                        .signature = strndup(end + strlen(",\"signature\":\""), 128)};

    cr_assert(out.value && out.signature);
    out.forged = without_outdated(out.value);
    return out;
}

static void parts_free(struct parts *parts)
{
    free(parts->value);
    free(parts->forged);
    free(parts->signature);
}

/* V, F, S stand for value, forged copy and signature. */
static char *put_together(const char *pattern, const struct parts *parts)
{
    struct rt_writer w = {0};

    for (const char *c = pattern; *c; c++) {
        const char *text = *c == 'V'   ? parts->value
                           : *c == 'F' ? parts->forged
                           : *c == 'S' ? parts->signature
                                       : NULL;
        if (text)
            rt_put_bytes(&w, ratls_bytes_str(text));
        else
            rt_put_u8(&w, (uint8_t)*c);
    }
    rt_put_u8(&w, 0);
    cr_assert_not(w.bad);
    return (char *)w.p;
}

static struct ratls_verdict *judge_text(const char *text)
{
    const struct ratls_bytes list = ratls_bytes_str(text);

    return dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote),
                                                  .collateral = &list,
                                                  .n_collateral = 1});
}

/* The verdict on the file with `name` put together by the pattern. */
static struct ratls_verdict *judge_pattern(const char *name, const char *pattern)
{
    cJSON *file = cJSON_ParseWithLength((const char *)p.collateral.p, p.collateral.len);
    struct parts parts = take_apart(file, name);
    char *document = put_together(pattern, &parts);

    cJSON_ReplaceItemInObjectCaseSensitive(file, name, cJSON_CreateString(document));
    char *text = cJSON_PrintUnformatted(file);
    struct ratls_verdict *v = judge_text(text);
    free(text);
    free(document);
    parts_free(&parts);
    cJSON_Delete(file);
    return v;
}

static const struct {
    const char *pattern; /* # stands for tcbInfo or enclaveIdentity */
    enum ratls_err e;
} rows[] = {
    {"{@#@:V,@signature@:@S@}", RATLS_OK},
    {"{@signature@:@S@,@#@:V}", RATLS_OK},
    {" {\n@#@ : V ,\t@signature@:\r@S@ } ", RATLS_OK},
    {"{@#@:F,@signature@:@S@}", RATLS_E_COLLATERAL_SIGNATURE},
    {"{@#@:V,@#@:F,@signature@:@S@}", RATLS_E_COLLATERAL_FORMAT},
    {"{@#@:F,@#@:V,@signature@:@S@}", RATLS_E_COLLATERAL_FORMAT},
    {"{@x@:F,@#@:V,@signature@:@S@}", RATLS_E_COLLATERAL_FORMAT},
    {"{@#@:V,@signature@:@S@,@x@:F}", RATLS_E_COLLATERAL_FORMAT},
    {"{@#@:V,@signature@:@S@,@signature@:@S@}", RATLS_E_COLLATERAL_FORMAT},
    {"{@#@:V,@signature@:@S@}{@#@:F}", RATLS_E_COLLATERAL_FORMAT},
    {"{@\\u0023@:V,@signature@:@S@}", RATLS_E_COLLATERAL_FORMAT},
    {"{@#@:[V],@signature@:@S@}", RATLS_E_COLLATERAL_SIGNATURE},
    {"{@#@:{@#@:V},@signature@:@S@}", RATLS_E_COLLATERAL_SIGNATURE},
    {"[{@#@:V,@signature@:@S@}]", RATLS_E_COLLATERAL_FORMAT},
    {"{@#@:V,@signature@:[@S@]}", RATLS_E_COLLATERAL_FORMAT},
    {"{@#@:V,@signature@:@ S@}", RATLS_E_COLLATERAL_FORMAT},
    {"{@#@:V,@signature@:@S @}", RATLS_E_COLLATERAL_FORMAT},
    {"{@#@:V}", RATLS_E_COLLATERAL_FORMAT},
    {"{@signature@:@S@}", RATLS_E_COLLATERAL_FORMAT},
    {"V", RATLS_E_COLLATERAL_FORMAT},
    {"", RATLS_E_COLLATERAL_FORMAT},
};

static void expect_rows(const char *name, const char *member)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rt_writer w = {0};
        for (const char *c = rows[i].pattern; *c; c++) {
            if (*c == '#')
                rt_put_bytes(&w, ratls_bytes_str(member));
            else
                rt_put_u8(&w, *c == '@' ? '"' : (uint8_t)*c);
        }
        rt_put_u8(&w, 0);
        struct ratls_verdict *v = judge_pattern(name, (const char *)w.p);
        cr_expect_eq(ratls_verdict_code(v), rows[i].e, "%s: %s (%s)", rows[i].pattern,
                     ratls_verdict_reason(v), ratls_verdict_detail(v));
        cr_expect(rows[i].e || strcmp(ratls_verdict_tcb_status(v), "OutOfDate") == 0);
        cr_expect(!rows[i].e || strstr(ratls_verdict_detail(v), name), "%s",
                  ratls_verdict_detail(v));
        ratls_verdict_unref(v);
        rt_writer_free(&w);
    }
}

Test(dcap_signed, tcb_info_is_the_text_that_was_signed)
{
    expect_rows("tcb_info", "tcbInfo");
}

Test(dcap_signed, qe_identity_is_the_text_that_was_signed)
{
    expect_rows("qe_identity", "enclaveIdentity");
}

/* ---- copies elsewhere in the file ---- */

/* A forged document under another name, before or behind everything else. */
static void expect_ignored(const char *name, const char *copy)
{
    cJSON *file = cJSON_ParseWithLength((const char *)p.collateral.p, p.collateral.len);
    struct parts parts = take_apart(file, name);

    cJSON_AddItemToObject(file, copy, cJSON_CreateString(parts.forged));
    char *behind = cJSON_PrintUnformatted(file);
    expect_verdict(judge_text(behind), RATLS_OK, "OutOfDate");
    cJSON_InsertItemInArray(file, 0, cJSON_DetachItemFromObjectCaseSensitive(file, copy));
    char *before = cJSON_PrintUnformatted(file);
    expect_verdict(judge_text(before), RATLS_OK, "OutOfDate");
    free(behind);
    free(before);
    parts_free(&parts);
    cJSON_Delete(file);
}

Test(dcap_signed, a_copy_under_another_name_is_ignored)
{
    static const char *const copies[] = {"tcbInfo",   "TCB_INFO",        "Tcb_info",
                                         "tcb_info2", "enclaveIdentity", "QE_IDENTITY"};

    for (size_t i = 0; i < RT_COUNT(copies); i++) {
        expect_ignored("tcb_info", copies[i]);
        expect_ignored("qe_identity", copies[i]);
    }
}

/* T123, of the file itself */
Test(dcap_signed, no_member_of_the_file_occurs_twice)
{
    static const char *const members[] = {
        "tcb_info",    "tcb_info_issuer_chain",    "root_ca_crl", "pck_crl_issuer_chain",
        "qe_identity", "qe_identity_issuer_chain", "pck_crl"};

    for (size_t i = 0; i < RT_COUNT(members); i++) {
        cJSON *file = cJSON_ParseWithLength((const char *)p.collateral.p, p.collateral.len);
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(file, members[i]);
        cJSON_AddItemToObject(file, members[i], cJSON_Duplicate(item, true));
        char *text = cJSON_PrintUnformatted(file);
        expect_verdict(judge_text(text), RATLS_E_COLLATERAL_FORMAT, "twice");
        free(text);
        cJSON_Delete(file);
    }
}

/* Each has its own signer: the key of one says nothing of the other. */
Test(dcap_signed, documents_do_not_change_places)
{
    cJSON *file = cJSON_ParseWithLength((const char *)p.collateral.p, p.collateral.len);
    cJSON *info = cJSON_DetachItemFromObjectCaseSensitive(file, "tcb_info");
    cJSON *identity = cJSON_DetachItemFromObjectCaseSensitive(file, "qe_identity");

    cJSON_AddItemToObject(file, "tcb_info", identity);
    cJSON_AddItemToObject(file, "qe_identity", info);
    char *text = cJSON_PrintUnformatted(file);
    expect_verdict(judge_text(text), RATLS_E_COLLATERAL_FORMAT, "tcb_info");
    free(text);
    cJSON_Delete(file);
}

/* T19: one bit of every fifth byte of the file. What is taken says the same: letter case of hex,
 * and line ends of PEM. */
Test(dcap_signed, hardly_a_byte_of_the_file_may_be_another)
{
    size_t taken = 0;

    for (size_t at = 0; at < p.collateral.len; at += 5) {
        const uint8_t bit = (uint8_t)(1U << at % 7);
        p.collateral.p[at] ^= bit;
        struct ratls_verdict *v = platform_judge(&p, t, NOW);
        if (ratls_verdict_allowed(v)) {
            taken++;
            cr_expect_str_eq(ratls_verdict_tcb_status(v), "OutOfDate", "byte %zu", at);
        }
        ratls_verdict_unref(v);
        p.collateral.p[at] ^= bit;
    }
    cr_expect_lt(taken, p.collateral.len / 5 / 20, "%zu of %zu", taken, p.collateral.len / 5);
}
