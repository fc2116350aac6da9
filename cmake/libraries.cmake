# Everything that is not ours, as imported targets.
# Debian's config files of scalapack and NIFTI name paths that do not exist and stop the run even with QUIET:
# find_package is never called for those two.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)
set(HDF5_PREFER_PARALLEL ON)
find_package(HDF5 REQUIRED COMPONENTS C)
if(NOT HDF5_IS_PARALLEL)
    message(FATAL_ERROR "HDF5 was found without MPI; install libhdf5-openmpi-dev")
endif()
find_package(GSL REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(FYAML REQUIRED IMPORTED_TARGET libfyaml)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(FFTW REQUIRED IMPORTED_TARGET fftw3)
pkg_check_modules(CMOCKA IMPORTED_TARGET cmocka)
if(RADMILL_TESTS AND NOT CMOCKA_FOUND)
    message(FATAL_ERROR "cmocka was not found; install libcmocka-dev or configure with -DRADMILL_TESTS=OFF")
endif()

function(rml_find_plain target header library) # a library without .pc or config file; PATH_SUFFIXES in ARGN
    find_path(${target}_INCLUDE ${header} PATH_SUFFIXES ${ARGN} REQUIRED)
    find_library(${target}_LIBRARY ${library} REQUIRED)
    mark_as_advanced(${target}_INCLUDE ${target}_LIBRARY)
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    target_include_directories(${target} INTERFACE ${${target}_INCLUDE})
    target_link_libraries(${target} INTERFACE ${${target}_LIBRARY} ${CMAKE_DL_LIBS})
endfunction()

rml_find_plain(rml_nifti2 nifti2_io.h nifti2 nifti) # nifti2 alone: its names overlap with niftiio's
rml_find_plain(rml_znz znzlib.h znz nifti)
rml_find_plain(rml_csv csv.h csv)
target_link_libraries(rml_nifti2 INTERFACE rml_znz z m)
