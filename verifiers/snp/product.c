#include "product.h"

const uint8_t rt_snp_pins[RT_SNP_PRODUCTS][RT_SHA256_LEN] = {
    [RT_SNP_MILAN] = {0x9f, 0x05, 0x6b, 0xee, 0x44, 0x37, 0x7e, 0x29, 0x30, 0x8c, 0xb5,
                      0xff, 0xa8, 0x95, 0xbd, 0xfb, 0x62, 0xd1, 0x88, 0x81, 0xfa, 0x6b,
                      0xed, 0x8d, 0x6f, 0x07, 0x5b, 0x02, 0x04, 0x08, 0x9c, 0xb9},
    [RT_SNP_GENOA] = {0x42, 0x9a, 0x69, 0xc9, 0x42, 0x2a, 0xa2, 0x58, 0xee, 0x4d, 0x8d,
                      0xb5, 0xfc, 0xda, 0x9c, 0x64, 0x70, 0xef, 0x15, 0xf8, 0xcd, 0x5a,
                      0x9c, 0xeb, 0xd6, 0xcb, 0xc7, 0xd9, 0x0b, 0x86, 0x38, 0x31},
    [RT_SNP_TURIN] = {0x4f, 0x12, 0x54, 0x10, 0x56, 0x3a, 0x2a, 0xb9, 0xa5, 0x03, 0x56,
                      0xf9, 0x24, 0x3f, 0x6f, 0xe0, 0xb6, 0xf7, 0x3d, 0xe9, 0x86, 0x03,
                      0xf5, 0x3f, 0x90, 0x33, 0x9c, 0x70, 0xe9, 0xd7, 0xad, 0x08},
};

static const struct row {
    const char *name;
    bool has_fmc;
    uint8_t struct_version;
    size_t hwid_len;
} rows[RT_SNP_PRODUCTS] = {
    [RT_SNP_MILAN] = {"Milan", false, 0, RT_SNP_CHIP_ID_LEN},
    [RT_SNP_GENOA] = {"Genoa", false, 0, RT_SNP_CHIP_ID_LEN},
    [RT_SNP_TURIN] = {"Turin", true, 1, 8},
};

const char *rt_snp_product_name(enum rt_snp_product p)
{
    return rows[p].name;
}

bool rt_snp_has_fmc(enum rt_snp_product p)
{
    return rows[p].has_fmc;
}

uint8_t rt_snp_struct_version(enum rt_snp_product p)
{
    return rows[p].struct_version;
}

size_t rt_snp_hwid_len(enum rt_snp_product p)
{
    return rows[p].hwid_len;
}

bool rt_snp_product_of_name(struct ratls_bytes name, enum rt_snp_product *out)
{
    for (unsigned i = 0; i < RT_SNP_PRODUCTS; i++) {
        struct rt_reader r = rt_reader(name);
        if (!rt_starts_with(name, rows[i].name))
            continue;
        rt_skip(&r, strlen(rows[i].name));
        if (!rt_at_end(&r) && (rt_u8(&r) != '-' || rt_at_end(&r)))
            return false;
        *out = (enum rt_snp_product)i;
        return true;
    }
    return false;
}

bool rt_snp_product_behind(struct ratls_bytes name, const char *prefix, enum rt_snp_product *out)
{
    struct rt_reader r = rt_reader(name);

    rt_skip(&r, strlen(prefix));
    struct ratls_bytes rest = rt_rest(&r);
    return rt_starts_with(name, prefix) && rt_snp_product_of_name(rest, out) &&
           rest.len == strlen(rows[*out].name);
}

/* AMD 57230, "Product name": Bergamo and Siena go by the name of Genoa. */
bool rt_snp_product_of_cpuid(uint8_t family, uint8_t model, enum rt_snp_product *out)
{
    static const struct {
        uint8_t family, first, last;
        enum rt_snp_product product;
    } ranges[] = {
        {0x19, 0x00, 0x0f, RT_SNP_MILAN},
        {0x19, 0x10, 0x1f, RT_SNP_GENOA},
        {0x19, 0xa0, 0xaf, RT_SNP_GENOA},
        {0x1a, 0x00, 0x11, RT_SNP_TURIN},
    };

    for (size_t i = 0; i < RT_COUNT(ranges); i++) {
        if (family != ranges[i].family || model < ranges[i].first || model > ranges[i].last)
            continue;
        *out = ranges[i].product;
        return true;
    }
    return false;
}

/* ---- TCB versions ---- */

bool rt_snp_tcb_read(enum rt_snp_product p, const uint8_t raw[8], struct rt_snp_tcb *out)
{
    if (rows[p].has_fmc) {
        *out = (struct rt_snp_tcb){raw[0], raw[1], raw[2], raw[3], raw[7]};
        return rt_all_zero(raw + 4, 3);
    }
    *out = (struct rt_snp_tcb){0, raw[0], raw[1], raw[6], raw[7]};
    return rt_all_zero(raw + 2, 4);
}

void rt_snp_tcb_text(enum rt_snp_product p, const struct rt_snp_tcb *tcb, char out[17])
{
    const uint8_t split[] = {tcb->bootloader, tcb->tee, 0, 0, 0, 0, tcb->snp, tcb->microcode};
    const uint8_t with_fmc[] = {tcb->fmc, tcb->bootloader, tcb->tee, tcb->snp, 0, 0,
                                0,        tcb->microcode};

    rt_hex(ratls_bytes(rows[p].has_fmc ? with_fmc : split, sizeof split), out);
}

bool rt_snp_tcb_covers(const struct rt_snp_tcb *a, const struct rt_snp_tcb *b)
{
    return a->fmc >= b->fmc && a->bootloader >= b->bootloader && a->tee >= b->tee &&
           a->snp >= b->snp && a->microcode >= b->microcode;
}

bool rt_snp_tcb_equal(const struct rt_snp_tcb *a, const struct rt_snp_tcb *b)
{
    return rt_snp_tcb_covers(a, b) && rt_snp_tcb_covers(b, a);
}
