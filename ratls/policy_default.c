/* The default policy. policies/default.json is the same text for readers; a test compares them, so
 * that a change of either is seen in review. */
#include "policy.h"

const char rt_policy_default[] = "{\n"
                                 "  \"tees\": {\n"
                                 "    \"tdx\": {\n"
                                 "      \"measurements\": [],\n"
                                 "      \"tcb_status\": [\"UpToDate\"],\n"
                                 "      \"insecure_debug\": false,\n"
                                 "      \"insecure_simulated\": false\n"
                                 "    },\n"
                                 "    \"sgx\": {\n"
                                 "      \"measurements\": [],\n"
                                 "      \"tcb_status\": [\"UpToDate\"],\n"
                                 "      \"insecure_debug\": false,\n"
                                 "      \"insecure_simulated\": false\n"
                                 "    }\n"
                                 "  },\n"
                                 "  \"binding\": \"session\"\n"
                                 "}\n";
