# Writes OUTPUT with the commit of SOURCE, and leaves it alone when nothing changed, so that nothing is built again.
# A journal goes on only under the commit that began it: where no commit names the sources (they are changed, come
# without their history, or lie in another project's), a checksum of them does.
cmake_policy(VERSION 3.25)
execute_process(COMMAND git -C ${SOURCE} rev-parse --show-prefix
                OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(NOT failed AND prefix STREQUAL "")
    execute_process(COMMAND git -C ${SOURCE} describe --always --abbrev=12 --exclude=* --dirty=+
                    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
endif()
if(failed OR "${commit}" STREQUAL "")
    set(commit unknown+)
endif()
if(commit MATCHES "\\+$")
    set(patterns CMakeLists.txt CMakePresets.json)
    foreach(folder IN ITEMS kernels io engine jobs) # what the program is built from
        list(APPEND patterns ${folder}/*.c ${folder}/*.h ${folder}/*.cmake ${folder}/CMakeLists.txt)
    endforeach()
    list(TRANSFORM patterns PREPEND ${SOURCE}/)
    file(GLOB_RECURSE sources RELATIVE ${SOURCE} ${patterns})
    list(FILTER sources INCLUDE REGEX "^((kernels|io|engine|jobs)/|CMakeLists.txt$|CMakePresets.json$)")
    list(SORT sources)
    foreach(source IN LISTS sources)
        file(SHA256 ${SOURCE}/${source} checksum)
        string(APPEND checksums "${source} ${checksum}\n")
    endforeach()
    string(SHA256 checksum "${checksums}")
    string(SUBSTRING ${checksum} 0 12 checksum)
    string(APPEND commit ${checksum})
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define RADMILL_COMMIT \"${commit}\"\n")
