// Where descriptors and the files of data sets are found.
#include <algorithm>

#include "framework/base/environment.h"
#include "framework/data/descriptor.h"

namespace motive {
namespace {

/// The user's cache folder; empty where there is not even a home.
Path cache_folder() {
  if (const auto set = environment_variable("MOTIVE_CACHE"); !set.empty()) return set;
  if (const auto set = environment_variable("XDG_CACHE_HOME"); !set.empty()) return Path(set) / "motive";
  if (const auto home = environment_variable("HOME"); !home.empty()) return Path(home) / ".cache" / "motive";
  return {};
}

bool is_file(const Path& file) {
  std::error_code code;
  return std::filesystem::is_regular_file(file, code);
}

bool is_folder(const Path& folder) {
  std::error_code code;
  return std::filesystem::is_directory(folder, code);
}

Path absolute_path(const Path& path) {
  std::error_code code;
  Path whole = std::filesystem::absolute(path, code);
  if (code) return path;
  whole = whole.lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

bool looks_like_file(const std::string& text) {
  return text.ends_with(".yaml") || text.ends_with(".yml") || text.find('/') != std::string::npos;
}

}  // namespace

Path descriptor_folder() {
  return checkout_folder() / "datasets";
}

std::vector<std::string> descriptor_names() {
  std::vector<std::string> names;
  std::error_code code;
  for (std::filesystem::directory_iterator at(descriptor_folder(), code), end; !code && at != end;
       at.increment(code)) {
    if (at->path().extension() == ".yaml") names.push_back(at->path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<Descriptor> load_descriptor(const Path& file, config::Errors& errors) {
  const std::size_t before = errors.size();
  const config::Node node = config::load_yaml(file.string(), errors);
  if (errors.size() > before) return std::nullopt;
  auto descriptor = config::parse<Descriptor>(node, errors);
  if (errors.size() > before) return std::nullopt;
  descriptor.base_folder = absolute_path(file).parent_path();
  return descriptor;
}

std::optional<Descriptor> resolve_descriptor(const config::Node& node, const Path& base_folder,
                                             config::Errors& errors) {
  if (node.is_map()) {
    const std::size_t before = errors.size();
    auto descriptor = config::parse<Descriptor>(node, errors);
    if (errors.size() > before) return std::nullopt;
    descriptor.base_folder = absolute_path(base_folder);
    return descriptor;
  }
  if (!node.is_scalar() || node.scalar.empty()) {
    errors.add(node.mark,
               "a data set is a name of `motive data list`, a .yaml file that describes one, or a "
               "map with "
               "name, path and interactions");
    return std::nullopt;
  }
  if (looks_like_file(node.scalar)) {
    const Path file = base_folder / node.scalar;
    if (!is_file(file)) {
      errors.add(
          node.mark,
          fmt::format("{}: there is no such file (a data set's description; `motive data inspect "
                      "FILE.csv --write` makes one)",
                      file.lexically_normal().string()));
      return std::nullopt;
    }
    return load_descriptor(file, errors);
  }
  const Path file = descriptor_folder() / (node.scalar + ".yaml");
  if (!is_file(file)) {
    const auto names = descriptor_names();
    errors.add(
        node.mark,
        fmt::format("unknown data set {};{} `motive data list` shows all; a file of your own is "
                    "named by its path, such as ./mine.yaml",
                    config::excerpt(node.scalar), config::did_you_mean(node.scalar, names)));
    return std::nullopt;
  }
  return load_descriptor(file, errors);
}

Result<Descriptor> find_descriptor(const std::string& name_or_file) {
  config::Node node;
  node.kind = config::Node::Kind::kScalar;
  node.scalar = name_or_file;
  node.mark.source = "data set";
  config::Errors errors;
  auto descriptor = resolve_descriptor(node, std::filesystem::current_path(), errors);
  if (!errors.empty()) return errors.error();
  return *descriptor;
}

Path cache_data_folder(const std::string& name) {
  const Path cache = cache_folder();
  return cache.empty() ? Path() : absolute_path(cache / "data" / name);
}

LocatedFiles locate_files(const Descriptor& descriptor) {
  LocatedFiles located;
  const auto add_place = [&](const Path& folder) {
    if (!folder.empty()) located.looked_at.push_back(absolute_path(folder));
  };
  if (!descriptor.path.empty()) add_place(descriptor.base_folder / descriptor.path);
  if (const auto data = environment_variable("MOTIVE_DATA"); !data.empty())
    add_place(Path(data) / descriptor.folder_name());
  add_place(cache_data_folder(descriptor.folder_name()));
  const auto files = descriptor.files();
  std::vector<std::string> missing;
  for (const Path& folder : located.looked_at) {
    std::string lacks;
    for (const auto& file : files) {
      if (!descriptor.is_optional(file) && !is_file(folder / file))
        lacks += (lacks.empty() ? "no " : ", no ") + file;
    }
    if (lacks.empty()) {
      located.folder = folder;
      return located;
    }
    missing.push_back(
        fmt::format("{}: {}", folder.string(), is_folder(folder) ? lacks : "no such folder"));
  }
  if (missing.empty())
    missing.push_back("nowhere: there is no path, no $MOTIVE_DATA and no home folder");
  located.missing = std::move(missing);
  return located;
}

Result<Path> find_files(const Descriptor& descriptor) {
  if (descriptor.synthetic()) return Path{};
  const LocatedFiles located = locate_files(descriptor);
  if (located.found()) return located.folder;
  std::string text =
      fmt::format("data set {}: its files were not found; looked at", descriptor.name);
  for (const auto& line : located.missing) text += "\n  " + line;
  text += fmt::format(
      "\nput the files into one of these folders, or say where they are: `path:` in the "
      "experiment, or "
      "$MOTIVE_DATA (the folder above {}/)",
      descriptor.folder_name());
  if (!descriptor.downloads.empty()) text += fmt::format("\nor say: motive data get {}", descriptor.name);
  if (!descriptor.source.empty()) text += "\nsource: " + descriptor.source;
  return invalid("{}", text);
}

std::vector<std::string> files_in(const Descriptor& descriptor, const Path& folder) {
  std::vector<std::string> files = descriptor.files();
  std::erase_if(files, [&](const std::string& file) {
    return descriptor.is_optional(file) && !is_file(folder / file);
  });
  return files;
}

}  // namespace motive
