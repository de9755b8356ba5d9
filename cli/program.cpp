#include "program.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <sstream>

namespace picoctl::cli {
namespace {

namespace fs = std::filesystem;

constexpr int max_interpreters = 4;  // the kernel's own limit on "#!" that lead to "#!"

bool runnable(const fs::path& file) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0;
}

std::string head_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string head(256, '\0');
  in.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(in.gcount()));
  return head;
}

template <typename Header, typename Segment>
bool has_interpreter_in(std::ifstream& in) {
  Header header{};
  in.seekg(0);
  in.read(reinterpret_cast<char*>(&header), sizeof header);
  for (unsigned i = 0; in && i < header.e_phnum; ++i) {
    Segment segment{};
    in.seekg(static_cast<std::streamoff>(header.e_phoff + i * std::uint64_t{header.e_phentsize}));
    in.read(reinterpret_cast<char*>(&segment), sizeof segment);
    if (in && segment.p_type == PT_INTERP) return true;
  }
  return false;
}

ProgramLook look_at_elf(const fs::path& file, const std::string& head) {
  std::ifstream in(file, std::ios::binary);
  const bool wide = head.size() > EI_CLASS && head[EI_CLASS] == ELFCLASS64;
  const bool dynamic = wide ? has_interpreter_in<Elf64_Ehdr, Elf64_Phdr>(in)
                            : has_interpreter_in<Elf32_Ehdr, Elf32_Phdr>(in);
  if (!dynamic) return {Linkage::fixed, file, file.string() + " is statically linked"};
  if (wide != (sizeof(void*) == 8)) {
    return {Linkage::fixed, file, file.string() + " is of another word size than picoctl"};
  }
  struct stat status {};
  const bool privileged = ::stat(file.c_str(), &status) == 0 &&
                          (status.st_mode & (S_ISUID | S_ISGID)) != 0 && ::geteuid() != 0;
  if (privileged) return {Linkage::fixed, file, file.string() + " runs with others' rights"};
  return {Linkage::dynamic, file, {}};
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// `env [-S] [NAME=VALUE]... PROGRAM ...`: the program that env will become.
std::optional<std::vector<std::string>> behind_env(const std::vector<std::string>& command) {
  if (fs::path(command[0]).filename() != "env") return std::nullopt;
  for (std::size_t i = 1; i < command.size(); ++i) {
    const bool option = command[i].starts_with('-') || command[i].find('=') != std::string::npos;
    if (!option) {
      return std::vector<std::string>(command.begin() + static_cast<long>(i), command.end());
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<fs::path> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return runnable(name) ? std::optional<fs::path>(name) : std::nullopt;
  }
  const char* path = ::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / name;
    if (!name.empty() && runnable(candidate)) return candidate;
  }
  return std::nullopt;
}

ProgramLook look_at_program(const std::vector<std::string>& given) {
  std::vector<std::string> command = given;
  for (int depth = 0; depth <= max_interpreters; ++depth) {
    const auto file = find_program(command[0]);
    if (!file) return {Linkage::missing, command[0], command[0] + " was not found"};
    if (const auto inner = behind_env(command)) {
      command = *inner;
      continue;
    }
    if (::access(file->c_str(), R_OK) != 0) return {Linkage::unreadable, *file, {}};
    const std::string head = head_of(*file);
    if (head.starts_with(ELFMAG)) return look_at_elf(*file, head);
    // Without "#!" the shell runs it, as execvp does.
    const std::string line = head.substr(0, head.find('\n'));
    auto next = line.starts_with("#!") ? words_of(line.substr(2)) : words_of("/bin/sh");
    if (next.empty()) next = {"/bin/sh"};
    next.push_back(file->string());
    command = next;
  }
  return {Linkage::missing, command[0], "its \"#!\" lines lead in a circle"};
}

}  // namespace picoctl::cli
