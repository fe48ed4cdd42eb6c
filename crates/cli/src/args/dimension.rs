//! Commands on dimensions and their classes.

use clap::{Args, Subcommand};
use tierhook_model::Combination;
use tierhook_server::api::{Command, DimensionEdit, Look, NewClass, Spot};

use super::one_of;

const EDITS: &str = "\
Changes scripts/dimensions.toml and keeps its comments and order. What would not load is refused, with the rules that
are in the way, and nothing is changed. The same can be done in an editor.";

#[derive(Debug, Subcommand)]
pub(crate) enum DimensionsCommand {
    /// List dimensions with their classes, who decides, and how many customers are in each class
    List,
    /// Add a dimension: `add reach --en Reach --zh 触达 --class near=Near/近 --class far=Far/远`
    #[command(after_help = EDITS)]
    Add {
        /// Its id: lower case letters, digits and _
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        #[command(flatten)]
        name: NameArgs,
        #[command(flatten)]
        look: LookArgs,
        /// A class, best first, as id or id=English/中文; may be repeated
        #[arg(long = "class", value_name = "CLASS", required = true, value_parser = parse_class)]
        classes: Vec<NewClass>,
        /// How the words of several rules are put together
        #[arg(long, value_name = "HOW", default_value = "first", value_parser = combination())]
        combine: Combination,
        #[command(flatten)]
        spot: SpotArgs,
    },
    /// Call a dimension otherwise; customers keep their classes
    #[command(after_help = EDITS)]
    Rename {
        /// The dimension
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        #[command(flatten)]
        name: NameArgs,
        /// New id for rules and files
        #[arg(long, value_name = "ID")]
        id: Option<String>,
    },
    /// Give a dimension another description, icon or colour
    #[command(after_help = EDITS)]
    Describe {
        /// The dimension
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        #[command(flatten)]
        text: TextArgs,
    },
    /// Put a dimension elsewhere in the order
    #[command(after_help = EDITS, mut_group("SpotArgs", |group| group.required(true)))]
    Move {
        /// The dimension
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        #[command(flatten)]
        spot: SpotArgs,
    },
    /// Remove a dimension
    #[command(after_help = EDITS)]
    Remove {
        /// The dimension
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        /// Give up the classes that customers have on it; the history keeps them
        #[arg(long)]
        drop: bool,
    },
    /// Add, rename, describe, move or remove a class
    #[command(subcommand)]
    Class(ClassCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClassCommand {
    /// Add a class
    #[command(after_help = EDITS)]
    Add {
        /// The dimension
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        /// The id of the class
        #[arg(value_name = "CLASS")]
        class: String,
        #[command(flatten)]
        name: NameArgs,
        #[command(flatten)]
        look: LookArgs,
        #[command(flatten)]
        spot: SpotArgs,
    },
    /// Call a class otherwise; it keeps its customers
    #[command(after_help = EDITS)]
    Rename {
        /// The dimension
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        /// The class
        #[arg(value_name = "CLASS")]
        class: String,
        #[command(flatten)]
        name: NameArgs,
        /// New id for rules and files
        #[arg(long, value_name = "ID")]
        id: Option<String>,
    },
    /// Give a class another description, icon or colour
    #[command(after_help = EDITS)]
    Describe {
        /// The dimension
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        /// The class
        #[arg(value_name = "CLASS")]
        class: String,
        #[command(flatten)]
        text: TextArgs,
    },
    /// Put a class elsewhere in the order, best first
    #[command(after_help = EDITS, mut_group("SpotArgs", |group| group.required(true)))]
    Move {
        /// The dimension
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        /// The class
        #[arg(value_name = "CLASS")]
        class: String,
        #[command(flatten)]
        spot: SpotArgs,
    },
    /// Remove a class; --to says which one takes its customers
    #[command(after_help = EDITS)]
    Remove {
        /// The dimension
        #[arg(value_name = "DIMENSION")]
        dimension: String,
        /// The class
        #[arg(value_name = "CLASS")]
        class: String,
        /// The class that takes its customers
        #[arg(long, value_name = "CLASS")]
        to: Option<String>,
    },
}

/// What something is called.
#[derive(Debug, Args)]
pub(crate) struct NameArgs {
    /// Name in English
    #[arg(long, value_name = "NAME")]
    en: Option<String>,
    /// Name in Chinese
    #[arg(long, value_name = "NAME")]
    zh: Option<String>,
}

/// What something looks like, beside its name.
#[derive(Debug, Args)]
pub(crate) struct LookArgs {
    /// Icon, for example an emoji
    #[arg(long, value_name = "ICON")]
    icon: Option<String>,
    /// Colour, as #rrggbb
    #[arg(long, value_name = "COLOUR", value_parser = parse_colour)]
    colour: Option<String>,
}

/// A description, an icon, a colour.
#[derive(Debug, Args)]
pub(crate) struct TextArgs {
    /// Description in English
    #[arg(long, value_name = "TEXT")]
    en: Option<String>,
    /// Description in Chinese
    #[arg(long, value_name = "TEXT")]
    zh: Option<String>,
    #[command(flatten)]
    look: LookArgs,
}

/// A place in the order.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct SpotArgs {
    /// At the beginning
    #[arg(long)]
    first: bool,
    /// At the end
    #[arg(long)]
    last: bool,
    /// Before this one
    #[arg(long, value_name = "ID")]
    before: Option<String>,
    /// Behind this one
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

impl SpotArgs {
    fn spot(self) -> Option<Spot> {
        match self {
            Self { first: true, .. } => Some(Spot::First),
            Self { last: true, .. } => Some(Spot::Last),
            Self { before: Some(id), .. } => Some(Spot::Before(id)),
            Self { after, .. } => after.map(Spot::After),
        }
    }
}

impl From<TextArgs> for Look {
    fn from(typed: TextArgs) -> Self {
        let TextArgs { en, zh, look: LookArgs { icon, colour } } = typed;
        Self { description_en: en, description_zh: zh, icon, colour, ..Self::default() }
    }
}

fn named(name: NameArgs, look: Option<LookArgs>) -> Look {
    let (icon, colour) = look.map_or((None, None), |look| (look.icon, look.colour));
    Look { name_en: name.en, name_zh: name.zh, icon, colour, ..Look::default() }
}

impl From<DimensionsCommand> for Command {
    fn from(typed: DimensionsCommand) -> Self {
        Self::DimensionsEdit(match typed {
            DimensionsCommand::List => return Self::DimensionsList,
            DimensionsCommand::Add { dimension, name, look, classes, combine, spot } => {
                DimensionEdit::Add { dimension, look: named(name, Some(look)), combine, classes, place: spot.spot() }
            }
            DimensionsCommand::Rename { dimension, name, id } => {
                DimensionEdit::Change { dimension, class: None, id, look: named(name, None) }
            }
            DimensionsCommand::Describe { dimension, text } => {
                DimensionEdit::Change { dimension, class: None, id: None, look: text.into() }
            }
            DimensionsCommand::Move { dimension, spot } => {
                DimensionEdit::Move { dimension, class: None, place: spot.spot().unwrap_or(Spot::Last) }
            }
            DimensionsCommand::Remove { dimension, drop } => DimensionEdit::Remove { dimension, drop },
            DimensionsCommand::Class(command) => command.into(),
        })
    }
}

impl From<ClassCommand> for DimensionEdit {
    fn from(typed: ClassCommand) -> Self {
        match typed {
            ClassCommand::Add { dimension, class, name, look, spot } => {
                let class = NewClass { id: class, look: named(name, Some(look)) };
                Self::AddClass { dimension, class, place: spot.spot() }
            }
            ClassCommand::Rename { dimension, class, name, id } => {
                Self::Change { dimension, class: Some(class), id, look: named(name, None) }
            }
            ClassCommand::Describe { dimension, class, text } => {
                Self::Change { dimension, class: Some(class), id: None, look: text.into() }
            }
            ClassCommand::Move { dimension, class, spot } => {
                Self::Move { dimension, class: Some(class), place: spot.spot().unwrap_or(Spot::Last) }
            }
            ClassCommand::Remove { dimension, class, to } => Self::RemoveClass { dimension, class, to },
        }
    }
}

fn combination() -> impl clap::builder::TypedValueParser<Value = Combination> {
    one_of(vec![("first", Combination::First), ("best", Combination::Best), ("worst", Combination::Worst)])
}

fn parse_class(text: &str) -> Result<NewClass, String> {
    let (id, name) = text.split_once('=').map_or((text, None), |(id, name)| (id, Some(name)));
    if id.trim().is_empty() {
        return Err("write an id, or id=English/中文".to_owned());
    }
    let (en, zh) = name.map_or((None, None), |name| match name.split_once('/') {
        Some((en, zh)) => (Some(en.trim().to_owned()), Some(zh.trim().to_owned())),
        None => (Some(name.trim().to_owned()), None),
    });
    let look = Look { name_en: en, name_zh: zh, ..Look::default() };
    Ok(NewClass { id: id.trim().to_owned(), look })
}

fn parse_colour(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
    match digits.filter(|digits| digits.chars().all(|c| c.is_ascii_hexdigit())) {
        Some(_) => Ok(text.to_owned()),
        None => Err("write a colour as #rrggbb, in quotes, for example '#b45309'".to_owned()),
    }
}
