/* collateral - collateral files for the scenarios.
 *
 *     collateral split FILE DIR
 *         one file for each member: as it is; a CRL also as .der, a chain also as .header,
 *         percent-encoded
 *
 *     collateral same FILE FILE
 *         have both the same members?
 *
 *     collateral sim PKI FILE EVAL AGE
 *         of the simulated Intel platform of that PKI, with this evaluation number, issued so many
 *         seconds before now
 *
 *     collateral sim-snp PKI FILE NUMBER AGE
 *         of the simulated AMD platform, with its VCEK, and a CRL of this number and age
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "sim_collateral.h"
#include "sim_snp.h"

#define MONTH_S 2592000

static _Noreturn void fail(const char *what)
{
    (void)fprintf(stderr, "collateral: %s\n", what);
    exit(1);
}

static cJSON *read_json(const char *path)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer text = {0};

    if (env->read_file(env->arg, path, RT_MAX_FILE, &text) != RATLS_OK)
        fail(path);
    cJSON *json = cJSON_ParseWithLength((const char *)text.p, text.len);
    if (!json)
        fail(path);
    ratls_buffer_free(&text);
    return json;
}

static void write_file(const char *path, struct ratls_bytes content)
{
    FILE *f = fopen(path, "wb");

    if (!f || fwrite(content.p, 1, content.len, f) != content.len || fclose(f) != 0)
        fail(path);
}

/* ---- split ---- */

static void write_member(const char *dir, const char *name, const char *suffix,
                         struct ratls_bytes content)
{
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/%s%s", dir, name, suffix);
    write_file(path, content);
}

static void write_der(const char *dir, const char *name, const char *hex)
{
    size_t len = strlen(hex) / 2;
    uint8_t *der = malloc(len + 1);

    if (!der || !rt_unhex(hex, strlen(hex), der, &len))
        fail(name);
    write_member(dir, name, ".der", ratls_bytes(der, len));
    free(der);
}

static void write_header(const char *dir, const char *name, const char *pem)
{
    struct rt_writer w = {0};
    char encoded[4];

    for (; *pem; pem++) {
        if (isalnum((unsigned char)*pem) || strchr("-_.~", *pem))
            rt_put_u8(&w, (uint8_t)*pem);
        else
            rt_put(&w, encoded,
                   (size_t)snprintf(encoded, sizeof encoded, "%%%02X", (unsigned)(uint8_t)*pem));
    }
    write_member(dir, name, ".header", rt_written(&w));
    rt_writer_free(&w);
}

static int split(char **args)
{
    cJSON *json = read_json(args[0]);
    const cJSON *member;

    cJSON_ArrayForEach(member, json)
    {
        const char *text = cJSON_GetStringValue(member);
        if (!text)
            fail(member->string);
        write_member(args[1], member->string, "", ratls_bytes_str(text));
        if (strstr(member->string, "_issuer_chain"))
            write_header(args[1], member->string, text);
        else if (strstr(member->string, "crl"))
            write_der(args[1], member->string, text);
    }
    cJSON_Delete(json);
    return 0;
}

/* ---- same ---- */

static int same(char **args)
{
    cJSON *a = read_json(args[0]), *b = read_json(args[1]);
    bool equal = cJSON_Compare(a, b, true);

    cJSON_Delete(a);
    cJSON_Delete(b);
    if (!equal)
        (void)puts("they differ");
    return equal ? 0 : 1;
}

/* ---- sim ---- */

static int sim(char **args)
{
    const struct ratls_env *env = ratls_env_system();
    const int64_t issue = env->now(env->arg) - strtol(args[3], NULL, 10);
    const struct rt_sim_document_knobs document = {.issue = issue,
                                                   .next = issue + MONTH_S,
                                                   .eval_number =
                                                       (unsigned)strtoul(args[2], NULL, 10)};
    const struct rt_sim_crl_knobs crl = {.this_update = issue, .next_update = issue + MONTH_S};
    const struct rt_sim_collateral_knobs knobs = {
        .tcb_info = document, .qe_identity = document, .root_crl = crl, .pck_crl = crl};
    struct ratls_buffer json = {0};
    struct ratls_error err = {0};
    struct rt_sim_pki pki;

    if (rt_sim_pki_open(env, args[0], &pki, &err) != RATLS_OK ||
        rt_sim_collateral(env, &pki, &knobs, &json) != RATLS_OK)
        fail(err.detail);
    write_file(args[1], rt_bytes_of(&json));
    ratls_buffer_free(&json);
    rt_sim_pki_free(&pki);
    return 0;
}

/* ---- sim-snp ---- */

static int sim_snp(char **args)
{
    const struct ratls_env *env = ratls_env_system();
    const int64_t issue = env->now(env->arg) - strtol(args[3], NULL, 10);
    const struct rt_sim_snp_collateral_knobs knobs = {.this_update = issue,
                                                      .next_update = issue + MONTH_S,
                                                      .number = strtoul(args[2], NULL, 10),
                                                      .with_vek = true};
    struct rt_sim_snp_platform platform;
    struct rt_sim_snp_chain chain = {0};
    struct rt_sim_snp_keys keys;
    struct ratls_buffer json = {0};
    struct ratls_error err = {0};

    if (rt_sim_snp_keys_open(env, args[0], &keys, &err) != RATLS_OK)
        fail(err.detail);
    rt_sim_snp_platform_usual(&keys, rt_sim_snp_product("Milan"), &platform);
    if (rt_sim_snp_chain_make(env, &keys, &platform, NULL, &chain) != RATLS_OK ||
        rt_sim_snp_collateral(env, &keys, &chain, &knobs, &json) != RATLS_OK)
        fail("the simulator");
    write_file(args[1], rt_bytes_of(&json));
    ratls_buffer_free(&json);
    rt_sim_snp_chain_free(&chain);
    rt_sim_snp_keys_free(&keys);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int n_args;
        int (*run)(char **args);
    } commands[] = {
        {"split", 2, split}, {"same", 2, same}, {"sim", 4, sim}, {"sim-snp", 4, sim_snp}};

    for (size_t i = 0; argc > 1 && i < RT_COUNT(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0 && argc == 2 + commands[i].n_args)
            return commands[i].run(argv + 2);
    fail("wrong usage, see its source");
}
