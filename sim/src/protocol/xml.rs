//! Just enough XML: a tree of what came in, escaped text for what goes out.

use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::Event;

/// Deeper documents are refused, or a hostile one could use up the memory.
const MAX_DEPTH: usize = 32;

/// An element without its attributes.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn child_text(&self, name: &str) -> Option<String> {
        self.child(name).map(|child| child.text.trim().to_owned())
    }
}

/// The root element of a document.
pub(crate) fn read(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return Err("the document is nested too deeply".to_owned());
                }
                open.push(named(start.local_name().as_ref()));
            }
            Event::Empty(start) => add(&mut open, named(start.local_name().as_ref())),
            Event::End(_) => {
                if let Some(element) = open.pop() {
                    add(&mut open, element);
                }
            }
            Event::Text(text) => {
                let text = text.decode().map_err(|error| error.to_string())?;
                append(&mut open, &text);
            }
            Event::CData(text) => {
                let text = text.decode().map_err(|error| error.to_string())?;
                append(&mut open, &text);
            }
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|error| error.to_string())?;
                let name = reference.decode().map_err(|error| error.to_string())?;
                match (character, resolve_predefined_entity(&name)) {
                    (Some(character), _) => append(&mut open, &character.to_string()),
                    (None, Some(text)) => append(&mut open, text),
                    (None, None) => return Err(format!("unknown entity {name}")),
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let document = open.pop().unwrap_or_default();
    if !open.is_empty() {
        return Err("the document ends inside an element".to_owned());
    }
    document.children.into_iter().next().ok_or_else(|| "there is no document".to_owned())
}

fn named(name: &[u8]) -> Element {
    Element { name: String::from_utf8_lossy(name).into_owned(), ..Element::default() }
}

fn add(open: &mut [Element], element: Element) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(element);
    }
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// `<name>text</name>` with the text escaped.
pub(crate) fn leaf(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// The same, or nothing.
pub(crate) fn optional_leaf(name: &str, text: Option<&str>) -> String {
    text.map(|text| leaf(name, text)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_reads_as_a_tree() {
        let root = read("<?xml version=\"1.0\"?><a xmlns=\"x\"><b>1 &lt; &#50;</b><c/></a>").unwrap();
        assert_eq!(root.name, "a");
        assert_eq!(root.child_text("b").unwrap(), "1 < 2");
        assert!(root.child("c").is_some());
    }

    #[test]
    fn broken_documents_are_errors() {
        for text in ["", "<a>", "<a></b>", "<a>&nope;</a>", "no xml", "</a>"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&"<a>".repeat(1000)).is_err());
    }
}
