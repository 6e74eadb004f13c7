/* Generations of AMD processors, and TCB versions in their parts. */
#include <criterion/criterion.h>

#include "product.h"

static const char *product_of(unsigned family, unsigned model)
{
    enum rt_snp_product p;

    return rt_snp_product_of_cpuid((uint8_t)family, (uint8_t)model, &p) ? rt_snp_product_name(p)
                                                                        : "";
}

/* Every family and model there can be, against the ranges of AMD 57230. */
Test(snp_product, cpuid_says_the_generation)
{
    for (unsigned family = 0; family < 256; family++) {
        for (unsigned model = 0; model < 256; model++) {
            const char *due = "";
            if (family == 0x19 && model / 16 == 0x0)
                due = "Milan";
            if (family == 0x19 && (model / 16 == 0x1 || model / 16 == 0xa))
                due = "Genoa";
            if (family == 0x1a && model < 0x12)
                due = "Turin";
            cr_expect_str_eq(product_of(family, model), due, "%02x %02x", family, model);
        }
    }
}

Test(snp_product, names_are_exact)
{
    static const struct {
        const char *name;
        bool known;
    } rows[] = {
        {"Milan", true},  {"Genoa", true},   {"Turin", true},    {"Milan-B0", true},
        {"", false},      {"Mila", false},   {"Milan-", false},  {"MilanB0", false},
        {"milan", false}, {"Venice", false}, {"Milan B", false}, {"-Milan", false},
    };
    enum rt_snp_product p;

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(rt_snp_product_of_name(ratls_bytes_str(rows[i].name), &p), rows[i].known, "%s",
                     rows[i].name);
}

Test(snp_product, names_of_a_ca_are_a_prefix_and_a_generation)
{
    static const struct {
        const char *name;
        bool known;
    } rows[] = {
        {"SEV-Milan", true}, {"SEV-Milan-B0", false},  {"SEV-VLEK-Milan", false},
        {"SEV-", false},     {"SEV", false},           {"ARK-Milan", false},
        {"", false},         {"SEV-SEV-Milan", false},
    };
    enum rt_snp_product p;

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(rt_snp_product_behind(ratls_bytes_str(rows[i].name), "SEV-", &p),
                     rows[i].known, "%s", rows[i].name);
}

Test(snp_product, generations_differ)
{
    cr_expect(!rt_snp_has_fmc(RT_SNP_MILAN) && !rt_snp_has_fmc(RT_SNP_GENOA));
    cr_expect(rt_snp_has_fmc(RT_SNP_TURIN));
    cr_expect_eq(rt_snp_hwid_len(RT_SNP_GENOA), 64);
    cr_expect_eq(rt_snp_hwid_len(RT_SNP_TURIN), 8);
    cr_expect_eq(rt_snp_struct_version(RT_SNP_MILAN), 0);
    cr_expect_eq(rt_snp_struct_version(RT_SNP_TURIN), 1);
}

Test(snp_product, each_byte_of_a_tcb_version_is_its_part_or_reserved)
{
    for (unsigned p = 0; p < RT_SNP_PRODUCTS; p++) {
        for (size_t at = 0; at < 8; at++) {
            const enum rt_snp_product product = (enum rt_snp_product)p;
            const bool turin = product == RT_SNP_TURIN;
            const bool reserved = turin ? at >= 4 && at <= 6 : at >= 2 && at <= 5;
            uint8_t raw[8] = {0};
            struct rt_snp_tcb tcb;
            char text[17], hex[17];
            raw[at] = 7;
            cr_expect_eq(rt_snp_tcb_read(product, raw, &tcb), !reserved, "%u, %zu", p, at);
            cr_expect_eq(tcb.fmc + tcb.bootloader + tcb.tee + tcb.snp + tcb.microcode,
                         reserved ? 0 : 7, "%u, %zu", p, at);
            rt_snp_tcb_text(product, &tcb, text);
            rt_hex(ratls_bytes(raw, 8), hex);
            cr_expect(reserved || strcmp(text, hex) == 0, "%s, not %s", text, hex);
        }
    }
}

/* T124: the parts are numbers of their own. */
Test(snp_product, a_tcb_covers_another_in_each_part)
{
    const struct rt_snp_tcb base = {5, 5, 5, 5, 5};

    cr_expect(rt_snp_tcb_covers(&base, &base));
    for (size_t at = 0; at < 5; at++) {
        struct rt_snp_tcb lower = {9, 9, 9, 9, 9}, other = base;
        uint8_t *part[] = {&lower.fmc, &lower.bootloader, &lower.tee, &lower.snp, &lower.microcode};
        uint8_t *of[] = {&other.fmc, &other.bootloader, &other.tee, &other.snp, &other.microcode};
        *part[at] = 4;
        cr_expect_not(rt_snp_tcb_covers(&lower, &base), "%zu", at);
        *of[at] = 6;
        cr_expect(rt_snp_tcb_covers(&other, &base) && !rt_snp_tcb_equal(&other, &base));
    }
}
