# What `cmake --install` brings: the program and the conformance suite, the headers that a plugin needs, the theory, and a package
# for find_package(pathquant). The package works from the build folder as well.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# What a plugin may include; what these include goes along.
set(public_headers
  core/plugin.hpp core/alphabet/alphabet_rule.hpp core/bounds/shared/hypotheses.hpp core/bounds/shared/lifts.hpp core/bounds/shared/bound.hpp
  core/bounds/shared/wording.hpp core/data/npy.hpp core/facts/fact.hpp core/inputs/input_distribution.hpp core/path_following/path_following.hpp core/linalg/product.hpp
  core/decision/deterministic_rounding.hpp core/quantizers/plane_quantizer.hpp core/quantizers/quantizer.hpp
  core/random/elementary.hpp core/random/student_t.hpp core/weights/weight_distribution.hpp)

# The headers with all that they include from core/, sorted.
function(pathquant_closure result)
  set(open ${ARGN})
  set(closed "")
  while(open)
    list(POP_FRONT open header)
    if(header IN_LIST closed)
      continue()
    endif()
    list(APPEND closed ${header})
    set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${header})
    file(STRINGS ${PROJECT_SOURCE_DIR}/${header} includes REGEX "^#include \"core/")
    foreach(include IN LISTS includes)
      string(REGEX REPLACE "^#include \"([^\"]*)\".*" "\\1" include ${include})
      list(APPEND open ${include})
    endforeach()
  endwhile()
  list(SORT closed)
  set(${result} ${closed} PARENT_SCOPE)
endfunction()
pathquant_closure(installed_headers ${public_headers})

set(interface_header ${PROJECT_BINARY_DIR}/generated/plugin_interface.hpp)
list(TRANSFORM installed_headers PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE header_files)
add_custom_command(OUTPUT ${interface_header}
                   COMMAND ${CMAKE_COMMAND} "-DFILES=${installed_headers}" -DSOURCE=${PROJECT_SOURCE_DIR} -DHEADER=${interface_header}
                           -P ${PROJECT_SOURCE_DIR}/cmake/plugin_interface.cmake
                   DEPENDS ${header_files} ${PROJECT_SOURCE_DIR}/cmake/plugin_interface.cmake VERBATIM)
add_custom_target(pathquant_plugin_interface DEPENDS ${interface_header})
add_dependencies(pathquant_experiments pathquant_plugin_interface)
target_include_directories(pathquant_experiments PRIVATE ${PROJECT_BINARY_DIR})

# What a plugin is compiled with: one meaning of floating point, as everything here has.
add_library(pathquant_plugin INTERFACE)
set_target_properties(pathquant_plugin PROPERTIES EXPORT_NAME plugin)
target_include_directories(pathquant_plugin INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}>
                                                      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/pathquant>)
target_compile_features(pathquant_plugin INTERFACE cxx_std_${CMAKE_CXX_STANDARD})
target_compile_options(pathquant_plugin INTERFACE -ffp-contract=off)
target_compile_definitions(pathquant_plugin INTERFACE EIGEN_DONT_PARALLELIZE)
target_link_libraries(pathquant_plugin INTERFACE Eigen3::Eigen Boost::headers fmt::fmt)
add_dependencies(pathquant_plugin pathquant_plugin_interface)

# The program's own copy of core is what a plugin binds to, so that both see one registry; nothing else changes for it.
function(pathquant_hosts_plugins target)
  set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)
  target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS})
endfunction()
pathquant_hosts_plugins(runsweep)
if(TARGET conformance)
  pathquant_hosts_plugins(conformance)
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/pathquant)
set(programs runsweep)
if(TARGET conformance)
  list(APPEND programs conformance)
endif()
install(TARGETS pathquant_plugin ${programs} EXPORT pathquant-targets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(header IN LISTS installed_headers)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pathquant/${folder})
endforeach()
install(FILES ${interface_header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pathquant/generated)
install(DIRECTORY analysis DESTINATION ${CMAKE_INSTALL_DATADIR}/pathquant FILES_MATCHING PATTERN "*.py")
install(DIRECTORY plugins DESTINATION ${CMAKE_INSTALL_DATADIR}/pathquant)
install(FILES LICENSE CITATION.cff docs/theory.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/pathquant)
install(DIRECTORY docs/theory DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/pathquant FILES_MATCHING PATTERN "*.md")
install(EXPORT pathquant-targets NAMESPACE pathquant:: DESTINATION ${package})
export(EXPORT pathquant-targets NAMESPACE pathquant:: FILE ${PROJECT_BINARY_DIR}/pathquant-targets.cmake)

configure_file(cmake/pathquant-config.cmake.in pathquant-config.cmake @ONLY)
write_basic_package_version_file(pathquant-config-version.cmake COMPATIBILITY ExactVersion)
install(FILES ${PROJECT_BINARY_DIR}/pathquant-config.cmake ${PROJECT_BINARY_DIR}/pathquant-config-version.cmake DESTINATION ${package})
