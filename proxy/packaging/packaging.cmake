# Units, configuration, and what `cpack -G DEB` makes of the components of `install`:
#
#   cmake -B build -DCMAKE_INSTALL_PREFIX=/usr && cmake --build build && (cd build && cpack -G DEB)
#
# What runs in a TEE has no libcurl, libpq, SQLite or libjwt: ratls-proxy needs libratls0 alone.

# ---- files ----
set(UNIT_DIR lib/systemd/system)
function(unit name conf of_instance instance)
    set(UNIT_CONF ${conf})
    set(UNIT_OF_INSTANCE "${of_instance}")
    set(UNIT_NAME ${instance})
    configure_file(${CMAKE_SOURCE_DIR}/proxy/systemd/ratls-proxy.service.in
        ${CMAKE_BINARY_DIR}/systemd/${name} @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/systemd/${name} DESTINATION ${UNIT_DIR} COMPONENT proxy)
endfunction()
set(CONF_DIR ${CMAKE_INSTALL_FULL_SYSCONFDIR}/ratls)
unit(ratls-proxy.service ${CONF_DIR}/ratls-proxy.conf "" ratls-proxy)
unit(ratls-proxy@.service ${CONF_DIR}/%i.conf " for %i" %i)
install(FILES proxy/systemd/ratls.sysusers.conf DESTINATION lib/sysusers.d RENAME ratls-proxy.conf
    COMPONENT proxy)
install(FILES proxy/packaging/ratls-proxy.conf DESTINATION ${CONF_DIR} COMPONENT proxy)
install(FILES proxy/systemd/ratls-proxy.socket examples/proxy-server.conf examples/proxy-client.conf
    examples/token.conf examples/secrets.conf
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/ratls-proxy/examples COMPONENT proxy)

# ---- packages ----
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON) # cpack packs what is built
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ratls)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "RATLS <root@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/proxy/packaging/compress.cmake)
set(CPACK_COMPONENTS_ALL lib extra dev command proxy)
if(RATLS_RIM)
    list(APPEND CPACK_COMPONENTS_ALL rim)
endif()
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# package(COMPONENT NAME SECTION DEPENDS DESCRIPTION)
macro(package component name section depends description)
    string(TOUPPER ${component} upper)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
    set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section})
    set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}")
    set(CPACK_DEBIAN_${upper}_DESCRIPTION "${description}")
endmacro()
set(SAME "(= ${PROJECT_VERSION})")
package(lib libratls0 libs ""
    "attested TLS: library\nEvidence of a TEE, bound to a TLS channel, and judged by policy.")
package(extra libratls-extra0 libs "libratls0 ${SAME}"
    "attested TLS: collateral, stores and policy agents\nWhat libratls0 does without: fetching of vendors' collateral, trust in a folder,\nSQLite, PostgreSQL or an object store, questions to an Open Policy Agent.")
package(dev libratls-dev libdevel "libratls0 ${SAME}, libratls-extra0 ${SAME}, libwolfssl-dev"
    "attested TLS: development files\nHeaders, pkg-config and CMake packages, manual.")
package(command ratls admin "libratls0 ${SAME}, libratls-extra0 ${SAME}"
    "attested TLS: command\nShows, verifies and makes evidence; keeps what is trusted.")
package(proxy ratls-proxy net "libratls0 ${SAME}, passwd"
    "attested TLS: proxy\nLike stunnel, with evidence of a TEE at both ends. Nothing is started by\ninstalling it.")
package(rim ratls-rim admin ""
    "attested TLS: reference values of GPUs\nReads NVIDIA's signed reference integrity manifests, which are XML. Apart, so that\nnothing else parses that.")
set(CPACK_DEBIAN_PROXY_PACKAGE_RECOMMENDS ratls)
set(CPACK_DEBIAN_RIM_PACKAGE_RECOMMENDS ratls)
set(CPACK_DEBIAN_PROXY_PACKAGE_SUGGESTS "libratls-extra0, stunnel4")
set(scripts ${CMAKE_SOURCE_DIR}/proxy/packaging)
set(CPACK_DEBIAN_PROXY_PACKAGE_CONTROL_EXTRA
    "${scripts}/postinst;${scripts}/prerm;${scripts}/postrm;${scripts}/conffiles")
set(CPACK_DEBIAN_LIB_PACKAGE_CONTROL_EXTRA ${scripts}/triggers)
set(CPACK_DEBIAN_EXTRA_PACKAGE_CONTROL_EXTRA ${scripts}/triggers)
include(CPack)
