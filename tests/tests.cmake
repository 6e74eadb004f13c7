# Everything that is built for tests only. Tests may look into every room.
add_library(ratls_inside STATIC ${OBJECTS} $<TARGET_OBJECTS:http> $<TARGET_OBJECTS:fetch>
    $<TARGET_OBJECTS:store> $<TARGET_OBJECTS:bundle> $<TARGET_OBJECTS:custody> $<TARGET_OBJECTS:sm4> $<TARGET_OBJECTS:opa>)
target_link_libraries(ratls_inside PUBLIC flags ${LIBRARY_LIBS} ${STORE_LIBS} PkgConfig::CURL)
target_include_directories(ratls_inside PUBLIC
    ${CMAKE_SOURCE_DIR}/${PUBLIC} ${CMAKE_SOURCE_DIR}/ratls ${CMAKE_SOURCE_DIR}/ratls/base
    ${CMAKE_SOURCE_DIR}/ratls/json ${CMAKE_SOURCE_DIR}/ratls/http ${CMAKE_SOURCE_DIR}/ratls/fetch
    ${CMAKE_SOURCE_DIR}/ratls/store
    ${CMAKE_SOURCE_DIR}/ratls/bundle ${CMAKE_SOURCE_DIR}/ratls/custody ${CMAKE_SOURCE_DIR}/ratls/opa
    ${CMAKE_SOURCE_DIR}/ratls/tokens ${CMAKE_SOURCE_DIR}/ratls/offload
    ${CMAKE_SOURCE_DIR}/ratls/attesters ${CMAKE_SOURCE_DIR}/ratls/attesters/sim
    ${CMAKE_SOURCE_DIR}/certs ${CMAKE_SOURCE_DIR}/certs/sm ${CMAKE_SOURCE_DIR}/verifiers
    ${CMAKE_SOURCE_DIR}/verifiers/common ${CMAKE_SOURCE_DIR}/verifiers/dcap
    ${CMAKE_SOURCE_DIR}/verifiers/tdx
    ${CMAKE_SOURCE_DIR}/verifiers/sgx ${CMAKE_SOURCE_DIR}/verifiers/snp
    ${CMAKE_SOURCE_DIR}/verifiers/arm ${CMAKE_SOURCE_DIR}/verifiers/cca ${CMAKE_SOURCE_DIR}/verifiers/virtcca
    ${CMAKE_SOURCE_DIR}/verifiers/nitro ${CMAKE_SOURCE_DIR}/verifiers/huawei
    ${CMAKE_SOURCE_DIR}/verifiers/itrustee ${CMAKE_SOURCE_DIR}/verifiers/csv
    ${CMAKE_SOURCE_DIR}/verifiers/nvidia
    ${CMAKE_SOURCE_DIR}/ratls/attesters/tpm
    ${CMAKE_SOURCE_DIR}/verifiers/tpm ${CMAKE_SOURCE_DIR}/verifiers/azure
    ${CMAKE_SOURCE_DIR}/verifiers/ascend
    ${CMAKE_SOURCE_DIR}/tests/unit ${CMAKE_SOURCE_DIR}/tests/forge)
target_include_directories(ratls_inside SYSTEM PUBLIC ${P11_INCLUDE_DIRS})
if(RATLS_RIM)
    target_sources(ratls_inside PRIVATE $<TARGET_OBJECTS:rim>)
    target_link_libraries(ratls_inside PUBLIC PkgConfig::XML)
    target_include_directories(ratls_inside PUBLIC ${CMAKE_SOURCE_DIR}/ratls/rim)
endif()

file(GLOB forge_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/forge/*.c)
if(forge_sources)
    add_executable(forge ${forge_sources})
    target_link_libraries(forge PRIVATE ratls_inside)
    set_target_properties(forge PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
endif()

# The proxy without its main(): its tests are named proxy_*_test.
add_library(proxy_inside STATIC ${PROXY_OBJECTS})
target_link_libraries(proxy_inside PUBLIC ratls_inside ${PROXY_LIBS})
target_include_directories(proxy_inside PUBLIC ${CMAKE_SOURCE_DIR}/proxy
    ${CMAKE_SOURCE_DIR}/proxy/master ${CMAKE_SOURCE_DIR}/proxy/admin ${CMAKE_SOURCE_DIR}/proxy/authority ${CMAKE_SOURCE_DIR}/proxy/passport ${CMAKE_SOURCE_DIR}/proxy/worker ${CMAKE_SOURCE_DIR}/proxy/trust
    ${CMAKE_SOURCE_DIR}/proxy/config ${CMAKE_SOURCE_DIR}/proxy/base)

if(RATLS_TESTS)
    pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET criterion)
    # tests/unit/<module>_test.c is one program; tests/unit/support*.c is linked into all of them.
    file(GLOB support CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/support*.c)
    file(GLOB unit CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/*_test.c)
    if(NOT RATLS_TPM)
        list(REMOVE_ITEM unit ${CMAKE_SOURCE_DIR}/tests/unit/tpm_attester_test.c
            ${CMAKE_SOURCE_DIR}/tests/unit/ascend_attester_test.c)
    endif()
    if(NOT RATLS_SM4)
        list(REMOVE_ITEM unit ${CMAKE_SOURCE_DIR}/tests/unit/sm4_test.c
            ${CMAKE_SOURCE_DIR}/tests/unit/secret_sm4_test.c)
    endif()
    if(NOT RATLS_RIM)
        list(REMOVE_ITEM unit ${CMAKE_SOURCE_DIR}/tests/unit/rim_test.c)
    endif()
    # What they test is compiled as it is shipped; they themselves in a third of the time, in which
    # the compiler does not follow how long texts are.
    set_source_files_properties(${unit} PROPERTIES
        COMPILE_OPTIONS "-O0;-g1;-U_FORTIFY_SOURCE;-Wno-format-truncation")
    find_program(MOLD mold) # some 300 programs, each in a seventh of the time
    foreach(source IN LISTS unit)
        get_filename_component(name ${source} NAME_WE)
        add_executable(${name} ${source} ${support})
        target_link_libraries(${name} PRIVATE ratls_inside PkgConfig::CRITERION)
        if(name MATCHES "^proxy_")
            target_link_libraries(${name} PRIVATE proxy_inside)
        endif()
        if(MOLD)
            target_link_options(${name} PRIVATE -fuse-ld=mold)
        endif()
        set_target_properties(${name} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    endforeach()
    target_sources(sm4_none_test PRIVATE $<TARGET_OBJECTS:sm4_none>)
    target_link_options(identity_test PRIVATE -Wl,--wrap=rt_offload_public)
    target_link_options(conn_once_test PRIVATE -Wl,--wrap=rt_verifier_run)
endif()

if(RATLS_TESTS)
    file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/*.c)
    foreach(source IN LISTS benches)
        get_filename_component(name ${source} NAME_WE)
        add_executable(${name} ${source})
        target_link_libraries(${name} PRIVATE ratls_inside)
        if(name STREQUAL "proof_bench")
            target_link_libraries(${name} PRIVATE proxy_inside)
        endif()
        set_target_properties(${name} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
    endforeach()
endif()

if(RATLS_FUZZ)
    file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.c)
    if(NOT RATLS_RIM)
        list(REMOVE_ITEM fuzzers ${CMAKE_SOURCE_DIR}/tests/fuzz/rim_fuzz.c)
    endif()
    foreach(source IN LISTS fuzzers)
        get_filename_component(name ${source} NAME_WE)
        add_executable(${name} ${source})
        target_link_libraries(${name} PRIVATE ratls_inside)
        # rooms of the proxy
        if(name MATCHES "^(config|http_head|http_frame|http_status|socks|hello|subject_line|urlform)_fuzz$")
            target_link_libraries(${name} PRIVATE proxy_inside)
        endif()
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        set_target_properties(${name} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    endforeach()
endif()

if(RATLS_TESTS)
    # tests/unit/plugins/*.c are verifier plugins, one good and many bad.
    file(GLOB plugins CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/plugins/*.c)
    foreach(source IN LISTS plugins)
        get_filename_component(name ${source} NAME_WE)
        add_library(test_plugin_${name} MODULE ${source})
        set_target_properties(test_plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
            LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/plugins)
        target_link_libraries(test_plugin_${name} PRIVATE flags libratls)
        add_dependencies(plugin_test test_plugin_${name})
    endforeach()
    # What the attester "nvidia" loads, and the same of a driver that is too old.
    foreach(name played_nvml old_nvml)
        add_library(${name} MODULE ${CMAKE_SOURCE_DIR}/tests/unit/nvml/played_nvml.c)
        set_target_properties(${name} PROPERTIES C_VISIBILITY_PRESET default
            LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
        target_link_libraries(${name} PRIVATE flags)
        add_dependencies(nvidia_attester_test ${name})
    endforeach()
    target_compile_definitions(old_nvml PRIVATE WITHOUT_REPORTS)
    target_compile_definitions(nvidia_attester_test PRIVATE
        PLAYED_NVML="$<TARGET_FILE:played_nvml>" OLD_NVML="$<TARGET_FILE:old_nvml>")
    add_dependencies(plugin_test example_plugin_example)
    add_dependencies(proxy_manual_test conf_manual)
    target_compile_definitions(proxy_manual_test PRIVATE CONF_MANUAL="${CONF_MANUAL}")
    add_dependencies(tool_inspect_test ratls_cmd example_plugin_example test_plugin_like_tdx)
    add_dependencies(tool_policy_test ratls_cmd)
    target_compile_definitions(ear_test PRIVATE RATLS_VERSION="${PROJECT_VERSION}")
    add_dependencies(tool_inspect_snp_test ratls_cmd test_plugin_like_snp)
    add_dependencies(tool_inspect_arm_test ratls_cmd test_plugin_like_arm)
    add_dependencies(tool_inspect_cca_test ratls_cmd)
    add_dependencies(tool_inspect_virtcca_test ratls_cmd)
    add_dependencies(tool_inspect_nitro_test ratls_cmd)
    add_dependencies(tool_inspect_itrustee_test ratls_cmd)
    add_dependencies(tool_inspect_csv_test ratls_cmd)
    add_dependencies(tool_inspect_nvidia_test ratls_cmd)
    add_dependencies(tool_inspect_tpm_test ratls_cmd)
endif()

if(RATLS_TESTS)
    # tests/helpers/*.c are programs that the scenarios use.
    file(GLOB helpers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/helpers/*.c)
    foreach(source IN LISTS helpers)
        get_filename_component(name ${source} NAME_WE)
        add_executable(helper_${name} ${source})
        set_target_properties(helper_${name} PROPERTIES OUTPUT_NAME ${name}
            RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/helpers)
        target_link_libraries(helper_${name} PRIVATE ratls_inside)
    endforeach()
endif()
