# cmake -DOUTPUT=x.cc -DROOT=/src -DFILES=a;b -DTARGET=keyrig_signin -P embed.cmake
# Writes `std::span<const Asset> keyrig::assets::keyrig_signin()`.
set(arrays "")
set(rows "")
set(index 0)
foreach(file IN LISTS FILES)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  cmake_path(SET name NORMALIZE "${file}")
  cmake_path(RELATIVE_PATH name BASE_DIRECTORY ${ROOT})
  string(APPEND arrays "constexpr char kAsset${index}[] = {${bytes}'\\0'};\n")
  string(APPEND rows "    {\"${name}\", {kAsset${index}, sizeof(kAsset${index}) - 1}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"harness/base/assets.h\"

namespace {
${arrays}
constexpr keyrig::Asset kAssets[] = {
${rows}};
}  // namespace

namespace keyrig::assets {
std::span<const Asset> ${TARGET}();
std::span<const Asset> ${TARGET}() { return kAssets; }
}  // namespace keyrig::assets
")
