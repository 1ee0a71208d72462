# What `cmake --install` lays down for find_package(keyrig) in other projects.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# keyrig_package(LIBRARIES virtual_key … HEADERS virtual-key/virtual_key.h …): these libraries as
# keyrig::virtual_key …, with all that they link, and these headers with all that they include.
function(keyrig_package)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "LIBRARIES;HEADERS")
  set(targets "")
  foreach(library IN LISTS arg_LIBRARIES)
    keyrig_add_linked(keyrig_${library} targets)
  endforeach()
  set(headers "")
  foreach(header IN LISTS arg_HEADERS)
    keyrig_add_included(${header} headers)
  endforeach()
  set_property(GLOBAL PROPERTY KEYRIG_PACKAGE ${targets})

  install(TARGETS ${targets} EXPORT keyrig ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  foreach(header IN LISTS headers)
    cmake_path(GET header PARENT_PATH folder)
    install(FILES ${PROJECT_SOURCE_DIR}/${header}
            DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/keyrig/${folder})
  endforeach()
  set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/keyrig)
  install(EXPORT keyrig NAMESPACE keyrig:: FILE keyrigTargets.cmake DESTINATION ${package_folder})
  # Until 1.0 each minor version may break what was there.
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/keyrigConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_SOURCE_DIR}/ci/cmake/keyrigConfig.cmake
                ${PROJECT_BINARY_DIR}/keyrigConfigVersion.cmake
          DESTINATION ${package_folder})
endfunction()

function(keyrig_add_linked target result)
  set(found ${${result}})
  if(NOT target IN_LIST found)
    list(APPEND found ${target})
    get_target_property(links ${target} LINK_LIBRARIES)
    foreach(link IN LISTS links)
      if(link MATCHES "^keyrig::(.+)$")
        keyrig_add_linked(keyrig_${CMAKE_MATCH_1} found)
      endif()
    endforeach()
  endif()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

function(keyrig_add_included header result)
  set(found ${${result}})
  if(NOT header IN_LIST found)
    list(APPEND found ${header})
    set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
    file(STRINGS ${PROJECT_SOURCE_DIR}/${header} lines REGEX "^#include \"")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" included "${line}")
      keyrig_add_included(${included} found)
    endforeach()
  endif()
  set(${result} ${found} PARENT_SCOPE)
endfunction()
