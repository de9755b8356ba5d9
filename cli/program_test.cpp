// Which programs LD_PRELOAD reaches, by files made here.
#include "program.hpp"

#include <elf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

namespace picoctl::cli {
namespace {

namespace fs = std::filesystem;

class Program : public testing::Test {
 protected:
  Program() {
    std::string name = (fs::temp_directory_path() / "picoctl-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~Program() override { fs::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& contents, bool executable = true) {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << contents;
    if (executable) fs::permissions(path, fs::perms::owner_all);
    return path.string();
  }
  // An ELF file with one segment of this type, and nothing in it.
  std::string elf(const std::string& name, std::uint32_t segment_type) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    Elf64_Phdr segment{};
    segment.p_type = segment_type;
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(reinterpret_cast<const char*>(&segment), sizeof segment);
    return file(name, bytes);
  }
  static Linkage linkage(const std::vector<std::string>& command) {
    return look_at_program(command).linkage;
  }

  fs::path folder_;
};

TEST_F(Program, a_segment_for_an_interpreter_makes_it_dynamic) {
  EXPECT_EQ(linkage({elf("dynamic", PT_INTERP)}), Linkage::dynamic);
  EXPECT_EQ(linkage({elf("static", PT_LOAD)}), Linkage::fixed);
}

TEST_F(Program, a_header_that_lies_is_no_dynamic_program) {
  EXPECT_EQ(linkage({file("short", std::string(ELFMAG))}), Linkage::fixed);
  EXPECT_EQ(linkage({file("shorter", std::string(ELFMAG) + "\2")}), Linkage::fixed);
}

TEST_F(Program, scripts_are_as_their_interpreters) {
  const std::string fixed = elf("static", PT_LOAD);
  const std::string dynamic = elf("dynamic", PT_INTERP);
  EXPECT_EQ(linkage({file("a", "#!" + fixed + " -x\n")}), Linkage::fixed);
  EXPECT_EQ(linkage({file("b", "#! " + dynamic + "\n")}), Linkage::dynamic);
  EXPECT_EQ(linkage({file("c", "#!/usr/bin/env " + fixed + "\n")}), Linkage::fixed);
  EXPECT_EQ(linkage({file("d", "#!/usr/bin/env -S " + dynamic + " -x\n")}), Linkage::dynamic);
  EXPECT_EQ(linkage({file("e", "echo without a first line\n")}), Linkage::dynamic);
  EXPECT_EQ(linkage({file("f", "#!/no/such/thing\n")}), Linkage::missing);
}

TEST_F(Program, a_circle_of_interpreters_ends) {
  const std::string path = (folder_ / "circle").string();
  file("circle", "#!" + path + "\n");
  EXPECT_EQ(linkage({path}), Linkage::missing);
}

TEST_F(Program, what_cannot_be_executed_is_missing) {
  EXPECT_EQ(linkage({file("text", "hello", false)}), Linkage::missing);
  EXPECT_EQ(linkage({folder_.string()}), Linkage::missing);
  EXPECT_EQ(linkage({"no-such-program-anywhere"}), Linkage::missing);
  EXPECT_EQ(linkage({""}), Linkage::missing);
}

TEST_F(Program, env_stands_for_what_it_starts) {
  const std::string fixed = elf("static", PT_LOAD);
  EXPECT_EQ(linkage({"env", "A=1", fixed}), Linkage::fixed);
  EXPECT_EQ(linkage({"env"}), Linkage::dynamic);
}

}  // namespace
}  // namespace picoctl::cli
