#pragma once
// A checkout with the launcher and nothing else in it, and a PATH on which every tool that would change the
// machine is a stand-in that writes down how it was called.

#include <filesystem>
#include <string>

namespace motive {

struct LauncherResult {
  int status = 0;
  std::string output;  // standard output and standard error together
};

class Sandbox {
 public:
  Sandbox();
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Runs ./motive with these words, written as in a shell. before: variables or a command to put before it.
  LauncherResult run(const std::string& words, const std::string& before = "") const;
  /// How the stand-ins were called, a line a call: "cmake --preset release ...".
  std::string calls() const;
  void forget_calls() const;

  void write(const std::filesystem::path& file, const std::string& content) const;  // relative to the checkout
  std::string read(const std::filesystem::path& file) const;
  bool exists(const std::filesystem::path& file) const;
  void remove_tool(const std::string& name) const;
  void add_tool(const std::string& name, const std::string& script) const;
  void set_installed(const std::string& packages) const;  // what dpkg-query says
  void become_user() const;                               // not root from here on
  /// Makes every source older than what was built from it.
  void age_sources() const;
  /// Renames the folder of the checkout.
  void move(const std::string& name);

  const std::filesystem::path& checkout() const { return checkout_; }

 private:
  std::filesystem::path folder_, checkout_, tools_;
};

}  // namespace motive
