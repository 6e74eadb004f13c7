/* sim_qe_identity.c - QE identity, version 2, in the order of members of Intel's own (Intel
 * "Trusted Services API", version 4). */
#include "sim_documents.h"

void rt_sim_put_qe_identity(struct rt_writer *w, const struct rt_sim_collateral_knobs *k,
                            int64_t now)
{
    static const char *const usual[] = {"INTEL-SA-00615", NULL};
    static const uint8_t zero[4], attributes[16] = {0x11};
    static const char *const mask = "FBFFFFFFFFFFFFFF0000000000000000"; /* all but MODE64, XFRM */
    const struct rt_sim_qe *qe = k->sgx ? &rt_sim_sgx_qe : &rt_sim_td_qe;
    const struct rt_sim_outcome o = {k->qe_status, k->qe_advisories, usual};
    const char *id = k->sgx ? "QE" : "TD_QE";

    rt_put_u8(w, '{');
    rt_sim_put_text(w, "id", k->qe_id ? k->qe_id : id);
    rt_sim_put_number(w, "version", 2);
    rt_sim_put_dates(w, &k->qe_identity, now);
    rt_sim_put_eval_number(w, &k->qe_identity);
    rt_sim_put_hex(w, "miscselect", k->qe_misc_select, ratls_bytes(zero, sizeof zero));
    rt_sim_put_text(w, "miscselectMask",
                    k->qe_misc_select_mask ? k->qe_misc_select_mask : "FFFFFFFF");
    rt_sim_put_hex(w, "attributes", k->qe_attributes, ratls_bytes(attributes, sizeof attributes));
    rt_sim_put_text(w, "attributesMask", k->qe_attributes_mask ? k->qe_attributes_mask : mask);
    rt_sim_put_hex(w, "mrsigner", k->qe_mr_signer,
                   ratls_bytes(qe->mr_signer, sizeof qe->mr_signer));
    rt_sim_put_number(w, "isvprodid", k->qe_prod_id ? k->qe_prod_id : qe->prod_id);
    rt_sim_put_svn_levels(w, qe->svn + (k->miss_qe_svn ? 5 : 0), &o, k->shuffled);
    rt_put_u8(w, '}');
}
